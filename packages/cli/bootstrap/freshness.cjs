// Whether what is installed and built is what the sources ask for.
const { createHash } = require('node:crypto')
const { existsSync, readdirSync, readFileSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '../../..')
const installStamp = join(root, 'node_modules/.wherry')
const buildStamp = join(root, 'dist/.sources')

/** Changes with the dependencies. */
function dependencies() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex')
}

/** Changes with the sources: their paths, sizes and times. */
function sources() {
  const hash = createHash('sha256')
  const visit = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (!entry.name.endsWith('.test.ts')) {
        const { size, mtimeMs } = statSync(path)
        hash.update(`${path}\0${size}\0${mtimeMs}\n`)
      }
    }
  }
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    for (const part of ['src', 'generator', 'bootstrap']) {
      const dir = join(root, 'packages', name, part)
      if (existsSync(dir)) visit(dir)
    }
  }
  return hash.digest('hex')
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // No stamp: nothing is current.
    return ''
  }
}

module.exports = {
  root,
  sources,
  isInstalled: () => read(installStamp) === dependencies(),
  isBuilt: () => read(buildStamp) === sources(),
  markInstalled: () => writeFileSync(installStamp, dependencies()),
  /** `built` is what `sources` gave before the build began. */
  markBuilt: (built) => writeFileSync(buildStamp, built),
}
