# One image for every process of the service: web, worker, rescuer, scheduler, migrations, and the simulated provider.
# pip's own variables (PIP_INDEX_URL, …) and the proxy variables of Docker reach the builder as build arguments, and the
# last stage records none of them. Behind a certificate authority of your own, let PYTHON_IMAGE be one that trusts it.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS builder
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Poetry only reads the lock. pip installs, because it honours whatever index, proxy and certificates are configured.
RUN python -m venv --without-pip /opt/poetry \
    && python -m pip --python /opt/poetry install --quiet poetry==2.5.1 poetry-plugin-export==1.10.1
WORKDIR /build
COPY pyproject.toml poetry.lock ./
RUN /opt/poetry/bin/poetry export --only main --output requirements.txt \
    && python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv install --quiet --no-deps --require-hashes --requirement requirements.txt
COPY README.md ./
COPY src ./src
RUN /opt/poetry/bin/poetry build --format wheel \
    && python -m pip --python /opt/venv install --quiet --no-deps --no-index dist/*.whl

FROM ${PYTHON_IMAGE}
# tini is process 1: it forwards signals and reaps orphans.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 payouts \
    && useradd --system --uid 10001 --gid payouts --no-create-home --shell /usr/sbin/nologin payouts \
    && install -d -o payouts -g payouts /var/lib/payouts-simulator /var/lib/payouts-metrics
COPY --from=builder /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER payouts
EXPOSE 8000
# For the web process; compose.yaml gives the other processes checks of their own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["gunicorn", "--config", "python:payouts_service.gunicorn_conf", "--bind", "0.0.0.0:8000", "payouts_service.wsgi:application"]
