# The wheel carries the networks' weights: `make wheel` first, then `docker compose build`.
FROM python:3.12-slim

RUN useradd --system --create-home --uid 10001 facelogin
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
COPY dist/facelogin-*.whl /tmp/
RUN pip install --no-cache-dir --no-deps /tmp/facelogin-*.whl && rm /tmp/facelogin-*.whl /tmp/requirements.txt

USER facelogin
WORKDIR /home/facelogin
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["facelogin", "serve", "--host", "0.0.0.0", "--port", "8000"]
