# The image of Ortolan: the server and its model for one platform, with the libraries of Debian that they load. No package
# manager, and no shell but the one that starts the server again; user 65532; the root may be read-only. docs/image.md explains it.
#
# For any builder (BuildKit, buildah, podman, docker before BuildKit): no "# syntax" line, which fetches a front end, no
# heredoc, no COPY --link.

# The Node.js that package.json names, on Debian 13: glibc 2.38 or later is what uWebSockets.js asks for. Both tag and
# digest are given, the digest decides. To update:
#   docker buildx imagetools inspect node:<version>-trixie-slim
ARG NODE_IMAGE=docker.io/library/node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe
# The base of the image: empty, or one with the libraries of a GPU.
ARG RUNTIME_IMAGE=scratch

# --- packages of production -------------------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
# cuda12 also fetches the CUDA execution provider, which is not in the npm package.
ARG ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && node node_modules/onnxruntime-node/script/install.js

# --- the compiled program, and what it is made of ---------------------------------------------------------------------
FROM packages AS program
# Debian keeps no older versions of these two to pin.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends make tini && rm -rf /var/lib/apt/lists/*
COPY deploy/image/tools.ts deploy/image/
RUN node deploy/image/tools.ts package.json && npm install --ignore-scripts
COPY Makefile package.json tsconfig.json tsconfig.build.json ./
COPY tools/build tools/build
COPY src src
COPY workers workers
# -o deps: the packages are installed already.
RUN make -o deps build sbom

# --- the file system, laid out ----------------------------------------------------------------------------------------
FROM program AS layout
ARG RUNTIME_IMAGE
COPY deploy/image deploy/image
COPY tools/install tools/install
COPY --from=packages /app/node_modules /layout/app/node_modules
# yes: a Vulkan loader, for ORTOLAN_DEVICE=webgpu, and what NVIDIA's driver is linked with. The driver is the machine's own.
ARG VULKAN=
# hadolint ignore=DL3008
RUN if [ -n "${VULKAN}" ]; then apt-get update \
  && apt-get install --yes --no-install-recommends libvulkan1 libxext6 && rm -rf /var/lib/apt/lists/*; fi
RUN find dist -name '*.map' -delete \
  && node deploy/image/prune.ts /layout/app/node_modules \
  && if [ "${RUNTIME_IMAGE}" = scratch ]; then addons=/layout/app/node_modules; fi \
  && if [ -n "${VULKAN}" ]; then loaded="libvulkan.so.1 libX11.so.6 libXext.so.6"; fi \
  && node deploy/image/root.ts /layout/system "${addons:-}" ${loaded:-} \
  && mkdir -p /layout/writable/ortolan

# --- the image --------------------------------------------------------------------------------------------------------
FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=layout /layout/system/ /
COPY --from=layout /layout/app/node_modules /app/node_modules
COPY models/efficientnet-lite0 /app/models/efficientnet-lite0
COPY LICENSE NOTICE /app/
COPY bin/supervise /app/bin/
COPY --from=program /app/sbom.cdx.json /app/
COPY --from=layout /app/dist /app/dist
# The only folder that the user may write to, for a volume. Without one the server runs without a cache.
COPY --from=layout --chown=65532:65532 /layout/writable /var/cache

ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Ortolan" \
  org.opencontainers.image.description="A model server for ONNX models" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}" \
  org.opencontainers.image.base.name="docker.io/library/node:24.21.0-trixie-slim"

# 20 threads are enough for 16 cores (bin/ortolan: cores + 4); idle ones cost next to nothing.
ENV NODE_ENV=production \
  ORTOLAN_HOST=0.0.0.0 \
  ORTOLAN_CACHE_DIR=/var/cache/ortolan \
  UV_THREADPOOL_SIZE=20

WORKDIR /app
# By number: Kubernetes cannot tell that a name is not root.
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
# Liveness, not readiness, since engines restart containers by it. Kubernetes ignores it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/dist/src/main.js", "health"]
# tini, since the kernel does not deliver signals to process 1 that it has no handler for: a SIGTERM during the start, and
# the one by which the server ends itself after its drain deadline. The rest is what bin/ortolan ends in. The shell is a
# bare dash, at a place of its own, where nothing looks for one.
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/lib/ortolan/shell", "/app/bin/supervise", "/usr/local/bin/node", "--max-semi-space-size=2", "/app/dist/src/main.js"]
CMD ["serve"]
