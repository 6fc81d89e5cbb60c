// Installs what building and running need, and builds. Shows what it does on standard error; what is done is skipped.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { step } from './progress.mjs'

const require = createRequire(import.meta.url)
const { isBuilt, isInstalled, markBuilt, markInstalled, root, sources } = require('./freshness.cjs')

try {
  accessSync(root, constants.W_OK)
} catch {
  console.error(
    `wherry: ${root} is not built for its present sources, and this user may not write there: run ./wherry once as its owner, or use a clone of your own`,
  )
  process.exit(1)
}

const installed = isInstalled()
if (!installed) {
  await step('install dependencies', () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    // A checkout that has the development tools keeps them.
    const scope = existsSync(join(root, 'node_modules/typescript')) ? [] : ['--prod']
    const args = ['--yes', packageManager, 'install', ...scope, '--frozen-lockfile']
    const env = { ...process.env, CI: 'true' }
    const result = spawnSync('npx', args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    if (result.error) {
      throw new Error(`npx cannot be run (${result.error.message}): npm must be installed beside Node`)
    }
    if (result.status !== 0) {
      const hint = "Check the network and npm's registry setting, then run it again."
      throw new Error(`${result.stdout}${result.stderr}\n${hint}`)
    }
    markInstalled()
  })
}
if (!installed || !isBuilt()) {
  await step('build', async () => {
    const current = sources()
    const { build } = await import('./build.mjs')
    await build()
    markBuilt(current)
  })
}
