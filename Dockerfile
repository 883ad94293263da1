# No "# syntax=" line: it would pull a frontend image, and this file must build where there is no registry.
ARG RUST_IMAGE=rust:1-bookworm

# 1. prebuilt: packages a static binary that cargo already built; needs no registry. It must stay the first stage, because the
#    legacy builder runs every stage before the wanted one.
FROM scratch AS prebuilt
COPY target/docker/farc-node /farc-node
USER 65532:65532
EXPOSE 4433/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=2s --start-period=5s --retries=5 CMD ["/farc-node", "health"]
ENTRYPOINT ["/farc-node"]
CMD ["run", "--config", "/etc/farc/node.toml"]

# 2. build: from source, for people with a registry.
FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY . .
RUN cargo rustc --release --locked -p farc --bin farc-node -- -C target-feature=+crt-static

# 3. runtime: what a plain `docker build .` gives.
FROM scratch AS runtime
COPY --from=build /src/target/release/farc-node /farc-node
USER 65532:65532
EXPOSE 4433/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2s --timeout=2s --start-period=5s --retries=5 CMD ["/farc-node", "health"]
ENTRYPOINT ["/farc-node"]
CMD ["run", "--config", "/etc/farc/node.toml"]
