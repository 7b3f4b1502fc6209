# The gateway: both tiers in one process by default; `node apps/api/main.ts` and `node apps/worker/main.ts` are the
# tiers alone. TypeScript runs as it is, so nothing is built.

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional packages are the pinned Node for machines that have none; here it is the image's own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26-slim
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
RUN mkdir .compile-cache && chown 1000:1000 .compile-cache
COPY --from=dependencies /app/node_modules node_modules/
COPY package.json ./
COPY libs libs/
COPY apps apps/

# By number, so that Kubernetes can see that it is not root (runAsNonRoot). The image's own user `node`.
USER 1000:1000
# Fills the compile cache, which is kept per user, for processes that cannot write it.
RUN node apps/standalone/main.ts -help && node apps/api/main.ts -help && node apps/worker/main.ts -help
# What is loaded only where a Redis is configured.
RUN node --input-type=module --eval "import '#queue/redis'; import '#store/redis'"

# The API; a worker's /health, /ready and /metrics.
EXPOSE 8080 9100
# For the default command. Whoever runs a worker, or another -port, asks there instead.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "require('http').get('http://127.0.0.1:8080/health', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# A small young heap, see libs/process/bound-heap.ts; whoever sets NODE_OPTIONS anew repeats it.
ENV NODE_OPTIONS=--max-semi-space-size=8
# Not through a shell: signals reach the process, which drains on SIGTERM.
CMD ["node", "apps/standalone/main.ts"]
