import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'

/** A file that the user edits, once or again. */
export interface EditSession {
  /** Where it lies, to tell the user. */
  path: string
  /** Shows the text in the editor; what it has become. Throws when the editor fails. */
  edit(text: string): Promise<string>
  /** Removes the file, unless told to keep it. */
  end(keep?: boolean): Promise<void>
}

/** Opens a session with the user's own editor: $KUBE_EDITOR, $EDITOR, or vi. */
export async function openEditor(context: Context): Promise<EditSession> {
  const folder = await mkdtemp(join(tmpdir(), 'wherry-edit-'))
  const path = join(folder, 'edit.yaml')
  const command = context.env.KUBE_EDITOR || context.env.EDITOR || 'vi'
  return {
    path,
    async edit(text) {
      await writeFile(path, text, { mode: 0o600 })
      await launch(context, command, path)
      return readFile(path, 'utf8')
    },
    async end(keep = false) {
      if (!keep) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Through a shell, so that the editor may have arguments. */
function launch(context: Context, command: string, path: string): Promise<void> {
  const child = spawn(context.env.SHELL || '/bin/sh', ['-c', `${command} "$0"`, path], {
    stdio: 'inherit',
    env: { ...context.env },
    cwd: context.cwd,
  })
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new CommandError(`unable to launch the editor ${JSON.stringify(command)}: ${error.message}`)),
    )
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new CommandError(`there was a problem with the editor ${JSON.stringify(command)}`))
    })
  })
}
