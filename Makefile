# The verbs of this repository, each once; `make` alone lists them. Tracked files are changed by `generate`, `format`
# and `bench`, and by `bench-peers` where its figures are the ones that are shown. Tools run on the Node.js that package-lock.json pins (`node-linux-…`), not on the machine's own,
# which only has to be able to run npm.
.POSIX:
.SUFFIXES:
.PHONY: help run observe test check formatted lint types layers generated build client generate wasm format check-deploy check-clients check-learn check-models soak bench bench-quick bench-peers bench-compare image sbom provenance audit-packages clean deps runtime

# onnxruntime reports to its maker unless it is told not to: src/main.ts does for the server, this for tests and benchmarks.
PINNED = ORT_DISABLE_TELEMETRY=1 PATH="$$PWD/node_modules/.bin:$$PATH"

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s  %s\n", $$1, $$2 }' Makefile

run: runtime ## start the server (options: make run ARGS="--port 9000")
	@exec bin/ortolan serve $(ARGS)

observe: deps ## the server and a Prometheus with our rules and panels, without containers (ARGS="--load 20")
	@$(PINNED) exec node prometheus/observe.ts $(ARGS)

test: check build ## run all checks and tests, those end to end against dist/
	@$(PINNED) node test/support/suite.ts --dist

check-deploy: deps build ## manifests, rules, dashboards (the image with CHECK_IMAGE=1), where their tools are; says what it had to skip
	@$(PINNED) node test/support/suite.ts --deploy

check-clients: deps ## clients of other servers against this one: tritonclient, perf_analyzer, KServe's, MLServer's (ARGS="test/clients/kserve.test.ts")
	@$(PINNED) node test/support/suite.ts --clients $(ARGS)

check-learn: deps ## the life of a model: drift, training, compression, stores, features, Flower, bundles (ARGS="test/learn/s3.test.ts")
	@$(PINNED) node test/support/suite.ts --learn $(ARGS)

check-models: deps ## models of popular packages, generated and odd ones: the answers of onnxruntime? (ARGS="--only packages")
	@$(PINNED) node tools/python/check-models.ts $(ARGS)

soak: deps ## measure how reliable the server is: half an hour on a quiet machine (ARGS="R2 R8 --long", or --quick)
	@$(PINNED) node test/reliability/main.ts $(ARGS)

# Every check runs, whatever those before it found; the status is that of all together.
check: deps ## formatting, lint, types, layers, generated files: all that is wrong, in one run
	@status=0; for check in formatted lint types layers generated; do \
		$(MAKE) -s $$check || status=1; done; exit $$status

formatted: deps
	@$(PINNED) prettier --check --log-level warn .

lint: deps
	@$(PINNED) oxlint --type-aware --deny-warnings

types: deps
	@status=0; for project in tsconfig.json tsconfig.page.json client/tsconfig.json; do \
		$(PINNED) tsc -p $$project || status=1; done; exit $$status

# Every folder that may hold sources, as far as it is there.
layers: deps
	@$(PINNED) depcruise --config .dependency-cruiser.cjs --output-type err-long $$(ls -d src workers client tools test bench deploy grafana prometheus 2>/dev/null)

# (That resample.wasm is what its source gives has a test.)
generated: deps
	@status=0; for writer in tools/generate/main.ts grafana/write.ts bench/report/write.ts test/reliability/write.ts; do \
		$(PINNED) node $$writer --check || status=1; done; exit $$status

build: deps ## compile into dist/ and bundle it, as the image runs it
	@rm -rf dist
	@$(PINNED) tsc -p tsconfig.build.json
	@cp package.json dist/
	@find src workers -type f ! -name '*.ts' ! -name asconfig.json | while read -r file; do \
		mkdir -p "dist/$${file%/*}"; cp "$$file" "dist/$$file"; done
	@$(PINNED) node tools/build/bundle.ts

client: deps ## compile client/, the client for Node and browsers, into client/dist/
	@rm -rf client/dist
	@$(PINNED) tsc -p client/tsconfig.build.json

generate: wasm ## write what is made from the sources: documents, dashboards, the resampler
	@$(PINNED) node bench/report/write.ts
	@$(PINNED) node test/reliability/write.ts
	@$(PINNED) node grafana/write.ts
	@$(PINNED) node tools/generate/main.ts

wasm: deps
	@$(PINNED) asc --config workers/image/asconfig.json --outFile workers/image/resample.wasm

format: deps ## format every file
	@$(PINNED) prettier --write --log-level warn .

bench: deps ## measure everything and write docs/performance.md (half an hour; goes on where it was cut off)
	@$(PINNED) node bench/main.ts $(ARGS)

bench-quick: deps ## the same in three minutes, with fewer and shorter repetitions; writes bench/results/*.md
	@$(PINNED) node bench/main.ts --quick $(ARGS)

bench-peers: deps ## measure other servers side by side with this one (hours; ARGS="--only mosec-cv2": seven minutes)
	@$(PINNED) node bench/against-peers.ts $(ARGS)

bench-compare: deps ## is a commit slower than another? (ARGS="main HEAD", or "HEAD ." for the working tree)
	@$(PINNED) node bench/compare.ts $(ARGS)

image: deps ## build the container image (ARGS="--offline" where no registry of images is reached, "--cuda" or "--webgpu" for GPUs)
	@$(PINNED) node deploy/image/build.ts $(ARGS)

sbom: deps ## write sbom.cdx.json: what the server is made of, by CycloneDX
	@$(PINNED) cyclonedx-npm --omit dev --output-reproducible --output-file sbom.cdx.json

provenance: deps ## licence, digest and install script of each package that the server runs with (ARGS="--upstream DIR")
	@$(PINNED) node tools/provenance/main.ts $(ARGS)

audit-packages: ## ask the registry for known weaknesses of those packages (npm audit; needs a registry that answers it)
	@npm audit --omit=dev --audit-level=low

clean: ## remove what was built or reported; node_modules stays
	@rm -rf dist client/dist .tap sbom.cdx.json

# What package-lock.json names, when that has changed or the last installation did not finish: all of it, or what the server runs with.
deps:
	@sh tools/install/packages.sh all

runtime:
	@sh tools/install/packages.sh runtime
