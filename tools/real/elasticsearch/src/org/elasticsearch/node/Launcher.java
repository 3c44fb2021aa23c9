package org.elasticsearch.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import ipx.search.AnalysisFromLucene;
import ipx.search.RootAnswer;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClassPathPlugins;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/** One Elasticsearch node on loopback, from jars on the class path:  Launcher HOME HTTP-PORT TRANSPORT-PORT */
public class Launcher {
    private static final String NAME = "ipx-tests";
    private static final List<Plugin> PLUGINS = List.of(new Netty4Plugin(), new RootAnswer(), new AnalysisFromLucene());

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]).toAbsolutePath();
        Files.createDirectories(home.resolve("config"));
        LogConfigurator.configureESLogging();
        Node node = new Node(construction(settings(home, Integer.parseInt(args[1]), Integer.parseInt(args[2]))));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        new CountDownLatch(1).await();
    }

    private static Settings settings(Path home, int http, int transport) {
        return Settings.builder()
            .put("cluster.name", NAME).put("node.name", NAME).put("discovery.type", "single-node")
            .put("path.home", home.toString()).put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("http.host", "127.0.0.1").put("http.port", http)
            .put("transport.host", "127.0.0.1").put("transport.port", transport)
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
    }

    private static NodeConstruction construction(Settings settings) {
        Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> NAME);
        PluginsLoader loader = PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false);
        return NodeConstruction.prepareConstruction(environment, loader, new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment env, PluginsLoader pluginsLoader) {
                return new ClassPathPlugins(env.settings(), env.configDir(), pluginsLoader, PLUGINS);
            }
        }, true);
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (Exception problem) {
            problem.printStackTrace();
        }
    }
}
