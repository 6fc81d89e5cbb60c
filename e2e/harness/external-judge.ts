import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Result, run } from './run.ts'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wherry/judges')

/** Where `install.mjs` has unpacked the Debian packages of a judge, or why they are not there. */
export type Packages = { root: string } | { missing: string; unavailable: boolean }

export function packagesOf(judge: 'python' | 'go'): Packages {
  const root = join(cache, judge)
  if (existsSync(join(root, 'installed.txt'))) return { root }
  const reason = join(cache, `${judge}.unavailable`)
  if (existsSync(reason)) return { missing: readFileSync(reason, 'utf8').trim(), unavailable: true }
  return { missing: 'node e2e/judges/debian/install.mjs has not been run', unavailable: false }
}

/** A program that judges the server: `--list` names its cases, a run reports each on a line of JSON. */
export interface Judge {
  file: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
}

interface Verdict {
  name: string
  error?: string
}

/**
 * The cases of a program as tests, one for each. Where its packages are missing, a line says that it was left out, and
 * why; in CI that is a failure unless they cannot be had.
 */
export async function describeJudge(
  title: string,
  packages: Packages,
  prepare: (root: string) => Promise<Judge>,
): Promise<void> {
  if ('missing' in packages) {
    const line = `left out: ${title}: ${packages.missing}`
    describe(title, () => {
      it('is left out where its packages are missing, and in CI only where they cannot be had', () => {
        console.log(line)
        expect(packages.unavailable || process.env.CI !== 'true', line).toBe(true)
      })
    })
    return
  }
  const { file, args, env } = await prepare(packages.root)
  const call = (more: readonly string[], extra: Readonly<Record<string, string>> = {}) =>
    run(file, [...args, ...more], { timeoutMs: 240_000, env: { ...env, ...extra } })
  const list = await call(['--list'])
  if (list.code !== 0) throw new Error(`${title} cannot be started:\n${list.stderr}`)
  describe(title, () => {
    let result: Result
    const verdicts = new Map<string, Verdict>()
    beforeAll(async () => {
      result = await call([], { KUBECONFIG: inject('kubeconfig') })
      for (const line of result.stdout.split('\n').filter((text) => text.startsWith('{'))) {
        const verdict: Verdict = JSON.parse(line)
        verdicts.set(verdict.name, verdict)
      }
    }, 250_000)
    it.each(list.stdout.trim().split('\n'))('%s', (name) => {
      const verdict = verdicts.get(name)
      if (!verdict) throw new Error(`no verdict; the program ended with ${result.code}:\n${result.stderr.slice(-4000)}`)
      expect(verdict.error).toBeUndefined()
    })
  })
}
