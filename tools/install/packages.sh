#!/bin/sh
# Installs the packages that package-lock.json names, each by its digest there; nothing where they are installed already.
#
#   sh tools/install/packages.sh runtime    what the server runs with, and Node.js, without binaries for other platforms
#   sh tools/install/packages.sh all        that whole, and what tests, checks and benchmarks need; what is there stays
#
# A copy of the lock file is written last, so that an installation that did not finish is done again. No script of any package runs.
set -eu

lock=package-lock.json
all=node_modules/.package-lock.stamp
runtime=node_modules/.package-lock.runtime
removed=node_modules/.foreign-binaries-removed

cmp -s $lock $all && exit 0
[ "$1" = runtime ] && cmp -s $lock $runtime && exit 0

stop() {
  echo "$1" >&2
  exit 2
}
command -v node >/dev/null ||
  stop 'Node.js 20 or newer is needed, and there is no `node` on the PATH: https://nodejs.org'
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
  stop "Node.js 20 or newer is needed, and this is $(node --version): https://nodejs.org"
command -v npm >/dev/null ||
  stop 'npm is needed, and there is no `npm` on the PATH; it usually comes with Node.js: https://nodejs.org'

install() {
  echo "$1"
  shift
  # onnxruntime's own installer would fetch the CUDA libraries.
  ONNXRUNTIME_NODE_INSTALL=skip npm "$@" --ignore-scripts --loglevel=error >/dev/null ||
    stop 'The packages could not be installed: npm says why above. Nothing was started; the next `make` tries again.'
}

if [ "$1" = runtime ]; then
  install 'Installing what the server runs with into node_modules (300 MB, usually half a minute; only when package-lock.json has changed)' \
    ci --omit=dev
elif cmp -s $lock $runtime; then
  # They are whole again: tests look at those of other platforms, too.
  while read -r package; do rm -rf "node_modules/$package"; done <$removed
  rm -f $runtime
  install 'Installing what tests and checks need besides (1.1 GB in all, usually a minute; only when package-lock.json has changed)' \
    install --no-save --include=dev
else
  install 'Installing packages into node_modules (1.1 GB, usually a minute or two; only when package-lock.json has changed)' \
    ci --include=dev
fi

# Where the registry has no Node.js for this platform, the one of the machine runs the server: bin/ortolan.
PATH=$PWD/node_modules/.bin:$PATH
node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 22 || (major == 22 && minor >= 19) ? 0 : 1)' ||
  stop "Node.js 22.19 or later is needed to run the server, no package brings it for this platform, and this is $(node --version): https://nodejs.org"
if [ "$1" = runtime ]; then
  node tools/install/foreign-binaries.ts node_modules || echo 'What packages bring for other platforms could not be removed; it only takes space.' >&2
  cp $lock $runtime
else
  rm -f $removed
  cp $lock $all
fi
