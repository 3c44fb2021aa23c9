"""Elasticsearch from its own jars: fetched by Maven and compiled once, one node on loopback.

The recipe is in elasticsearch/. It lacks what the stock distribution adds by modules (scripts,
_reindex, _delete_by_query and others); what our mappings name must be in AnalysisFromLucene.java.
"""

from __future__ import annotations

from pathlib import Path

from tools.real.service import HERE, Service, built, free_port, http_answers, need, run

JDK = "install a JDK 17 or newer (on Debian: apt-get install openjdk-17-jdk-headless)"


class Elasticsearch(Service):
    name = "Elasticsearch 8.19.21"
    variable = "IPX_TEST_ELASTICSEARCH_URL"

    def prepare(self, cache: Path) -> None:
        self.java = need("java", JDK)
        self.home = built(cache, "elasticsearch", "8.19.21", self.build)

    def build(self, source: Path, target: Path) -> None:
        maven = need("mvn", "on Debian: apt-get install maven")
        javac = need("javac", JDK)
        lib, sources = target / "lib", sorted(str(p) for p in source.rglob("*.java"))
        run([maven, "-q", "-B", "-C", f"-Dlib.dir={lib}", "package"], source)
        run([javac, "-nowarn", "-proc:none", "-cp", f"{lib}/*", "-d", str(target / "classes"), *sources], source)

    def start(self, folder: Path) -> str:
        folder.mkdir()
        port = free_port()
        logging = HERE / "elasticsearch" / "log4j2.properties"
        self.spawn(folder, [
            self.java, "-Xms512m", "-Xmx512m", f"-Djava.io.tmpdir={folder}",
            f"-Dlog4j2.configurationFile={logging}", "-Dlog4j2.disable.jmx=true",
            "-cp", f"{self.home}/classes:{self.home}/lib/*",
            "org.elasticsearch.node.Launcher", str(folder / "home"), str(port), str(free_port()),
        ])  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        self.wait_until(lambda: http_answers(f"{url}/_cluster/health?wait_for_status=yellow&timeout=30s"))
        return url
