#!/bin/sh
# Rebuilds pkg/ from source. Needs: rustup toolchain 1.95.0 with target wasm32-unknown-unknown
# (rust-toolchain.toml names both), and `npm ci` in this folder for binaryen's wasm-opt.
set -eu
cd "$(dirname "$0")"
TARGET="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_TARGET_DIR="$TARGET"
# no paths of this machine in the artefact
export CARGO_ENCODED_RUSTFLAGS="$(printf '%s\037%s\037%s\037%s' \
  "--remap-path-prefix=$PWD=/src" \
  "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
  "--remap-path-prefix=$(rustc --print sysroot)=/rust" \
  "-Ctarget-feature=+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals")"
cargo build ${MLS_CARGO_FLAGS:---locked} --release --target wasm32-unknown-unknown -p mls-wasm ${MLS_FEATURES:---features pq}
unset CARGO_ENCODED_RUSTFLAGS
cargo build --locked --release -p bindgen
OUT="${MLS_OUT:-pkg}"
mkdir -p "$OUT"
"$TARGET/release/bindgen" "$TARGET/wasm32-unknown-unknown/release/mls_wasm.wasm" "$OUT"
${WASM_OPT:-../../node_modules/.bin/wasm-opt} -O3 --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
  --enable-mutable-globals --enable-reference-types --enable-multivalue "$OUT/mls_wasm_bg.wasm" -o "$OUT/mls_wasm_bg.wasm"
(cd "$OUT" && sha256sum mls_wasm_bg.wasm mls_wasm.js mls_wasm.d.ts > SHA256SUMS && cat SHA256SUMS)
