import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, timed } from './cluster.mjs'

/** What a newcomer waits for: `./wherry up` right after the clone, with nothing in the caches of npm and pnpm. */
export async function freshClone() {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-fresh-'))
  const clone = join(folder, 'wherry')
  execFileSync('git', ['clone', '--quiet', root, clone])
  const env = {
    ...process.env,
    HOME: folder,
    WHERRY_HOME: join(folder, 'home'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    npm_config_cache: join(folder, 'npm'),
    npm_config_store_dir: join(folder, 'store'),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  }
  const wherry = (command) => {
    const { status, stdout, stderr } = spawnSync('./wherry', [command], { cwd: clone, env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`wherry ${command}: ${stdout}${stderr}`)
  }
  const values = [await timed(() => wherry('up'))]
  wherry('destroy')
  rmSync(folder, { recursive: true, force: true })
  return [{ label: '', unit: 'ms', values }]
}
