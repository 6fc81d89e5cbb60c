// Bundles each program of Wherry into one file of dist/: a start reads one file rather than a thousand.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const dist = join(root, 'dist')
const require = createRequire(import.meta.url)
const { components } = require('./load.cjs')

/** What a bundle is to the loader, which passes what Node passes to a CommonJS module. */
const parameters = '(function (exports, require, module, __filename, __dirname) '

/** LevelDB's binding finds its binary beside its own source: in a bundle it is named instead. */
const levelBinding = {
  name: 'level-binding',
  setup(build) {
    build.onLoad({ filter: /classic-level[\\/]binding\.js$/ }, ({ path }) => {
      const folder = dirname(path)
      const binary = createRequire(path)('node-gyp-build').resolve(folder)
      return { contents: `module.exports = require(${JSON.stringify(binary)})`, loader: 'js' }
    })
  },
}

/**
 * Packages that express requires for functions which the API server does not call. Each is replaced by functions that
 * load the package, from where it is installed, when one of them is called after all: a quarter of a start and a third
 * of the bundle are saved.
 */
const uncalled = /^(body-parser|mime-types|qs|send|serve-static)$/
const uncalledPackages = {
  name: 'uncalled-packages',
  setup(build) {
    build.onResolve({ filter: /./, namespace: 'uncalled' }, ({ path }) => ({ path, external: true }))
    build.onResolve({ filter: uncalled }, ({ path, importer }) => ({
      path: createRequire(importer).resolve(path),
      namespace: 'uncalled',
    }))
    build.onLoad({ filter: /./, namespace: 'uncalled' }, ({ path }) => ({
      contents: `const load = () => require(${JSON.stringify(path)})
        module.exports = new Proxy(function () {}, {
          get: (_, name) => (...args) => load()[name](...args),
          apply: (_, self, args) => load().apply(self, args),
        })`,
    }))
  },
}

/**
 * yargs measures its help, at every command, with a package that knows the width of each of Unicode's characters and
 * takes 25 ms to load. The help of Wherry's commands is written in characters of one column.
 */
const columns = {
  name: 'columns',
  setup(build) {
    build.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, () => ({
      contents: 'export default (text) => [...text].length',
    }))
  },
}

/** The prose of `explain` comes from an npm package. A machine without a network goes without it. */
async function descriptions() {
  const file = join(dist, 'descriptions.json.gz')
  if (existsSync(file)) return
  const { writeDescriptions } = await import('../../apiserver/generator/descriptions.mjs')
  await writeDescriptions(file).catch((error) => {
    process.stderr.write(`\n  ! explain will have no descriptions: ${error.message.split('\n')[0]}\n`)
  })
}

/** The bundles are made in a folder of their own and then moved: programs that start meanwhile read whole ones. */
export async function build() {
  mkdirSync(dist, { recursive: true })
  const made = mkdtempSync(join(dist, '.build-'))
  try {
    await bundleInto(made)
    for (const name of readdirSync(dist)) if (name.endsWith('.cache')) rmSync(join(dist, name), { force: true })
    for (const name of readdirSync(made)) renameSync(join(made, name), join(dist, name))
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

async function bundleInto(outdir) {
  const fetched = descriptions()
  const esbuild = await import('esbuild')
  const entries = Object.fromEntries(components.map((name) => [name, join(root, 'packages', name, 'src/main.ts')]))
  entries.wherry = join(root, 'packages/cli/src/main.ts')
  const { errors } = await esbuild.build({
    entryPoints: entries,
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // A script that vm runs has `require` for what stays outside, and no `import()`.
    supported: { 'dynamic-import': false },
    // What ES modules of others ask for: a bundle is CommonJS, which has no `import.meta`.
    define: { 'import.meta.url': 'bundleURL', 'import.meta.dirname': '__dirname' },
    banner: { js: `${parameters}{const bundleURL=require('node:url').pathToFileURL(__filename).href;` },
    footer: { js: '})' },
    charset: 'ascii',
    logLevel: 'error',
    external: ['@lydell/node-pty', 'bufferutil', 'utf-8-validate', '*.node'],
    plugins: [levelBinding, uncalledPackages, columns],
  })
  await fetched
  if (errors.length > 0) throw new Error('the bundles could not be built')
}
