import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { helperEnv } from './exec.ts'
import { listProcesses } from './processes.ts'

/**
 * Resizes the terminal of a container: its first process is script(1), whose child has the terminal. The kernel tells
 * the programs on it.
 */
export function resizeTerminal(pid: number, { width, height }: { width: number; height: number }): void {
  const child = listProcesses().find(({ parent }) => parent === pid)
  const device = child && terminalOf(child.pid)
  if (device === undefined || width <= 0 || height <= 0) return
  const args = ['-F', device, 'rows', String(height), 'cols', String(width)]
  spawn('stty', args, { env: helperEnv(), stdio: 'ignore' }).on('error', () => undefined)
}

/** The kernel numbers a pseudo terminal 136:N. */
function terminalOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const number = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4])
    return number > 0 ? `/dev/pts/${(number & 0xff) | ((number >> 12) & 0xfff00)}` : undefined
  } catch {
    return undefined
  }
}
