// What `./wherry` runs: checks Node, makes the build current, then loads the bundle that the first argument asks for.
// Old syntax only up to the version check: an old Node must reach its message.
const { join } = require('node:path')

const wanted = [20, 19]
const have = process.versions.node.split('.').map(Number)
if (have[0] < wanted[0] || (have[0] === wanted[0] && have[1] < wanted[1])) {
  console.error(
    `wherry: Node.js ${wanted.join('.')} or later is needed, this is ${process.version}: install it from https://nodejs.org`,
  )
  process.exit(1)
}

const { components, loadBundle } = require('./load.cjs')

const [command, ...rest] = process.argv.slice(2)
const component = components.includes(command) ? command : undefined

// A component is started by a cluster that was built a moment ago, and loads nothing that it does not need.
if (component === undefined) {
  const { isBuilt, isInstalled } = require('./freshness.cjs')
  if (!(isInstalled() && isBuilt())) {
    const { spawnSync } = require('node:child_process')
    const { status } = spawnSync(process.execPath, [join(__dirname, 'setup.mjs')], { stdio: ['ignore', 2, 2] })
    if (status !== 0) process.exit(status === null ? 1 : status)
  }
}

const argv = component === undefined ? process.argv.slice(2) : rest
loadBundle(component === undefined ? 'wherry' : component)
  .main(argv)
  .catch((error) => {
    console.error(error)
    process.exitCode = 1
  })
