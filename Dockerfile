# One image, two commands: `serve` (intake, reports, operator listener) and `work` (the workers).

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Packages first: this layer is built again only when the lockfile changes. No package needs its scripts.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --include=dev
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY workers ./workers
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    OPERATOR_PORT=3001 \
    DATA_DIR=/data
WORKDIR /app
# /data is the only place that is written to: the root file system may be mounted read-only.
RUN mkdir /data && chown node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Style sheets and scripts of the console are no TypeScript, so the build leaves them where they are.
COPY --from=build /app/src/http/console/assets ./src/http/console/assets
COPY providers ./providers
USER node
VOLUME /data
EXPOSE 3000 3001

# Both commands have an operator listener. Not ready (503) while Redis is away or while the process drains.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.OPERATOR_PORT + '/readyz', { signal: AbortSignal.timeout(2500) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Exec form, so no shell stands between the signals and the program. Node may be PID 1 here without an init:
# the kernel drops signals for a PID 1 without a handler, but both commands handle SIGTERM and SIGINT
# themselves (drain, then exit 0), and neither starts child processes that somebody would have to reap.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/cli/main.js"]
CMD ["serve"]
