import { open } from 'node:fs/promises'
import { tailText } from '../logs/tail.ts'
import type { ContainerStatus } from '../runtime/cri.ts'
import { annotations } from './container-config.ts'

/** The kubelet's limits. */
const messageLimit = 4096
const logLineLimit = 80
const logByteLimit = 2048

/** What an ended container has left to say: the file it was given, or the end of its log where its policy asks for it. */
export async function terminationMessage(status: ContainerStatus): Promise<string> {
  const file = status.annotations[annotations.terminationFile]
  const text = file ? await readStart(file) : ''
  if (text !== '' || status.exitCode === 0) return text
  if (status.annotations[annotations.terminationPolicy] !== 'FallbackToLogsOnError') return ''
  return tailText(status.logPath, logLineLimit, logByteLimit)
}

async function readStart(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(messageLimit), 0, messageLimit, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
