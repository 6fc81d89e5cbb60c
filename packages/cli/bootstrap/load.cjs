// Loads a bundle of dist/ with V8's code cache beside it, which halves the time that a start spends compiling.
const { readFileSync, renameSync, statSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')
const vm = require('node:vm')

const root = join(__dirname, '../../..')
const dist = join(root, 'dist')

/** Programs of their own; all else is the CLI. */
const components = ['apiserver', 'controller-manager', 'scheduler', 'node-agent', 'service-router']

/** Packages that stay outside the bundles because they carry native code, and who depends on them. */
const natives = { '@lydell/node-pty': 'node-agent' }

function bundleRequire(name) {
  const owner = natives[name]
  return owner === undefined ? require(name) : createRequire(join(root, 'packages', owner, 'package.json'))(name)
}

/**
 * Runs dist/NAME.cjs, a function as Node makes one of each CommonJS module, and returns its exports. A cache that is
 * missing is written when the process ends, with the functions that this run has compiled. V8 takes one only from the
 * same version with the same flags, so these are in the file's name. (`v8.cachedDataVersionTag` would say it shorter, but
 * node:v8 takes 40 ms to load.) V8 knows a source by its length alone, hence the bundle's time of birth.
 */
function loadBundle(name) {
  const file = join(dist, `${name}.cjs`)
  const born = Math.trunc(statSync(file).mtimeMs).toString(36)
  const cacheFile = join(dist, `${[name, process.version, process.arch, ...flags(), born].join('-')}.cache`)
  // A bundle is plain ASCII: read as such, the source is neither decoded nor copied.
  const source = readFileSync(file, 'latin1')
  const cachedData = readIfThere(cacheFile)
  const script = new vm.Script(source, { filename: file, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) {
    process.once('exit', () => writeCache(cacheFile, script))
  }
  const module = { exports: {} }
  script.runInThisContext()(module.exports, bundleRequire, module, file, dist)
  return module.exports
}

function flags() {
  return process.execArgv.filter((flag) => flag.startsWith('--')).map((flag) => flag.replaceAll(/[^\w=]/g, ''))
}

function readIfThere(file) {
  try {
    return readFileSync(file)
  } catch {
    // The first run of this program.
    return undefined
  }
}

function writeCache(cacheFile, script) {
  try {
    const temporary = `${cacheFile}.${process.pid}.tmp`
    writeFileSync(temporary, script.createCachedData())
    renameSync(temporary, cacheFile)
  } catch {
    // A read-only checkout works without the cache.
  }
}

module.exports = { components, loadBundle }
