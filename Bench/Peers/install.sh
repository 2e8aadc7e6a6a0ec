#!/usr/bin/env bash
# Fetches what `dotnet run -c Release --project Bench -- peers` compares with, and compiles the small programs that call it.
# Usage: Bench/Peers/install.sh [FOLDER]     FOLDER: where Bench looks, $FASTRECURRENT_PEERS or ~/.cache/fastrecurrent-peers.
# Everything is optional: what cannot be had is named, and Bench runs without it. May be run any number of times.
set -uo pipefail

script="$(cd "$(dirname "$0")" && pwd)/$(basename "$0")"
source_folder="$(dirname "$script")/Native"
folder="${1:-${FASTRECURRENT_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/fastrecurrent-peers}}"
mkdir -p "$folder" || exit 1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

say() { printf '%-14s %s\n' "$1" "$2"; }

install_packages() {
    local missing=()
    for package in g++ libdnnl-dev libeigen3-dev libopenblas0-pthread python3-torch; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        say packages "all there"
        return
    fi
    local root=""
    [ "$(id -u)" -eq 0 ] || root=sudo
    $root apt-get update -qq >&2
    for package in "${missing[@]}"; do # one by one: what one release lacks must not keep the others away
        if $root apt-get install -y -qq --no-install-recommends "$package" >"$work/apt.log" 2>&1; then
            say "$package" "installed"
        else
            say "$package" "cannot be installed: $(grep -m1 '^E:' "$work/apt.log" || tail -n1 "$work/apt.log")"
        fi
    done
}

# $1 the library made, $2 the source, then the compiler and its options. Made anew only when its source or this file is newer.
compile() {
    local library="$1" source="$source_folder/$2"
    shift 2
    if [ "$folder/$library" -nt "$source" ] && [ "$folder/$library" -nt "$script" ]; then
        say "$library" "up to date"
    elif "$@" "$source" -o "$work/$library" 2>"$work/compile.log" && mv "$work/$library" "$folder/$library"; then
        say "$library" "compiled"
    else
        say "$library" "cannot be compiled: $(grep -m1 -i error "$work/compile.log" || head -n1 "$work/compile.log")"
    fi
}

# For this very processor: the rivals may use every instruction that the managed code uses.
compile_all() {
    local options=(-march=native -fPIC -shared)
    compile libpeer_c.so c_csr.c gcc -O2 -ftree-vectorize "${options[@]}" # GCC 12's -O3 makes these loops 2.5 times slower
    compile libpeer_eigen.so eigen_csr.cpp g++ -O3 "${options[@]}" -DNDEBUG -I/usr/include/eigen3
    # compile() puts the source last: the linker must keep a library that nothing before it has asked for.
    compile libpeer_onednn.so onednn_rnn.cpp g++ -O3 "${options[@]}" -std=c++17 -fopenmp -Wl,--no-as-needed -ldnnl
}

fetch_onnx_runtime() {
    if [ -e "$folder/libonnxruntime.so.1" ]; then
        say onnxruntime "already there"
        return
    fi
    if ! command -v npm >/dev/null; then
        say onnxruntime "npm is missing; it brings the package onnxruntime-node, which holds the library"
        return
    fi
    local machine
    case "$(uname -m)" in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine=$(uname -m) ;; esac
    if (cd "$work" && npm pack --silent onnxruntime-node >npm.log 2>&1 && tar -xzf onnxruntime-node-*.tgz --wildcards "package/bin/*/linux/$machine/libonnxruntime.so*") &&
        cp "$(find "$work/package" -name 'libonnxruntime.so*' -type f | head -n1)" "$folder/libonnxruntime.so.1"; then
        say onnxruntime "fetched by npm: $(cd "$work" && ls onnxruntime-node-*.tgz)"
    else
        say onnxruntime "cannot be fetched: $(tail -n1 "$work/npm.log")"
    fi
}

if [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null; then
    install_packages
else
    say packages "no apt-get: install g++, oneDNN 2.x, Eigen 3, OpenBLAS and PyTorch by hand"
fi
fetch_onnx_runtime
compile_all
say folder "$folder"
