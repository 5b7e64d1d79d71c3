# The wheel carries the networks' weights: `make wheel` first, then `docker compose build`.
FROM python:3.12-slim

RUN useradd --system --create-home --uid 10001 facelogin \
  && install -d -o facelogin -g facelogin -m 0700 /var/lib/facelogin
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
COPY dist/facelogin-*.whl /tmp/
RUN pip install --no-cache-dir --no-deps /tmp/facelogin-*.whl && rm /tmp/facelogin-*.whl /tmp/requirements.txt

# Without a limit on its arenas the C library keeps what threads have freed, thread by thread.
ENV MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    FACELOGIN_DATA_DIR=/var/lib/facelogin
USER facelogin
WORKDIR /home/facelogin
# Used with SQLite; a new volume takes its owner from the folder in the image.
VOLUME /var/lib/facelogin
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whether a worker answers, not whether the store does (/readyz): a restart mends no store.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["facelogin", "serve", "--host", "0.0.0.0", "--port", "8000"]
