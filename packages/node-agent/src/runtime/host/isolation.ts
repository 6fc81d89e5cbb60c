import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityCommand, type Isolation, unshareCommand } from './identity.ts'

export interface IsolationFacts {
  isolation: Isolation
  /** Why containers cannot have mount namespaces, in words for events; undefined when they can. */
  refusal: string | undefined
}

/** Tries out once what containers will need. */
export async function detectIsolation(): Promise<IsolationFacts> {
  const uid = process.getuid?.() ?? 0
  const isolation: Isolation = { root: uid === 0, namespaces: true, uid, gid: process.getgid?.() ?? 0 }
  const without = { ...isolation, namespaces: false }
  if (process.platform !== 'linux') {
    return { isolation: without, refusal: 'volumes need mount namespaces, which only Linux has' }
  }
  const directory = mkdtempSync(join(tmpdir(), 'wherry-probe-'))
  try {
    const identity = identityCommand(isolation, {}).join(' ')
    const script = `mount -t tmpfs wherry "$1" && exec ${identity} /usr/bin/env true`
    const problem = await tryRun([...unshareCommand(isolation), '/bin/sh', '-c', script, 'sh', directory])
    if (problem === undefined) return { isolation, refusal: undefined }
    return { isolation: without, refusal: refusalText(problem) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function refusalText(problem: string): string {
  return `the kernel refused a mount namespace of the container's own (${problem}): its volumes cannot be mounted; allow unprivileged user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0, or user.max_user_namespaces above 0)`
}

/** Undefined when the command succeeded, otherwise what it said. */
function tryRun([file = '', ...args]: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) =>
      resolve(code === 0 ? undefined : text.trim().split('\n').at(-1) || `exit code ${code}`),
    )
  })
}
