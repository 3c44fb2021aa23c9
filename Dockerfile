# One image for web, worker and the command line: `docker build -t ipx .`
# Linted by `make lint`; it has not been built by our CI, which has no Docker engine.

FROM node:24-bookworm-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim-bookworm AS python
WORKDIR /app
COPY requirements/uv.txt requirements/run.txt requirements/
RUN python -m venv /uv && /uv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
    && python -m venv --without-pip .venv \
    && /uv/bin/uv pip install --no-cache --compile-bytecode --python .venv/bin/python --require-hashes -r requirements/run.txt
COPY . .
COPY --from=frontend /build/dist frontend/dist
RUN /uv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --editable .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin ipx \
    && install -d -o ipx -g ipx -m 0700 /data
COPY --from=python /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 \
    IPX_MODE=production IPX_DATA_DIR=/data IPX_HOST=0.0.0.0 IPX_PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['IPX_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["ipx"]
CMD ["serve"]
