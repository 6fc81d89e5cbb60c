import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ComponentCommand } from '@wherry/cluster'

/** The checkout, or wherever the launcher and the bundles lie: a bundle is one folder below. */
const root = join(__dirname, '..')
const launcher = join(root, 'packages/cli/bootstrap/wherry.cjs')

/** V8 settings of the components: they hold little and live long, so memory counts for more than peak speed. */
const nodeFlags: Readonly<Record<string, readonly string[]>> = {
  apiserver: ['--max-semi-space-size=8'],
}
const smallNodeFlags = ['--max-semi-space-size=1', '--v8-pool-size=1']

export const componentCommand: ComponentCommand = (component) => [
  process.execPath,
  ...(nodeFlags[component] ?? smallNodeFlags),
  launcher,
  component,
]

/** The directory of the built-in image `wherry/hello`. */
export const helloDir = join(root, 'packages/node-agent/images/hello')

/** What the build fetched for `explain`; undefined where it could not. */
export function descriptionsFile(): string | undefined {
  const file = join(__dirname, 'descriptions.json.gz')
  return existsSync(file) ? file : undefined
}
