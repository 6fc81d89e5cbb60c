import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ComponentCommand } from '@wherry/cluster'

/** The checkout, or wherever the launcher and the bundles lie: a bundle is one folder below. */
const root = join(__dirname, '..')
const launcher = join(root, 'packages/cli/bootstrap/wherry.cjs')

/**
 * One helper thread for V8 rather than one a core. V8's own flags are left alone, those for less memory too: with any of
 * them set, Node turns down the code cache of its built-in modules, which costs each start 25 ms and more memory than
 * the flag saves.
 */
const nodeFlags = ['--v8-pool-size=1']

export const componentCommand: ComponentCommand = (component) => [process.execPath, ...nodeFlags, launcher, component]

/** The directory of the built-in image `wherry/hello`. */
export const helloDir = join(root, 'packages/node-agent/images/hello')

/** What the build fetched for `explain`; undefined where it could not. */
export function descriptionsFile(): string | undefined {
  const file = join(__dirname, 'descriptions.json.gz')
  return existsSync(file) ? file : undefined
}
