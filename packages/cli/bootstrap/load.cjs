// Loads a bundle of dist/ with V8's code cache beside it, which halves the time that a start spends compiling.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
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
 * Runs dist/NAME.cjs and returns its exports. A cache that is missing or of another Node is written when the process
 * ends, with the functions that this run has compiled.
 */
function loadBundle(name) {
  const file = join(dist, `${name}.cjs`)
  const cacheFile = join(dist, `${name}.${process.version}-${process.arch}.cache`)
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
  const cachedData = existsSync(cacheFile) ? readFileSync(cacheFile) : undefined
  const script = new vm.Script(source, { filename: file, cachedData })
  if (cachedData === undefined || script.cachedDataRejected) {
    process.once('exit', () => writeCache(cacheFile, script))
  }
  const module = { exports: {} }
  script.runInThisContext()(module.exports, bundleRequire, module, file, dist)
  return module.exports
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
