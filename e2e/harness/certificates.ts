import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

export interface Certificate {
  /** The file names: NAME.crt and NAME.key. */
  name: string
  /** As openssl takes it: `/O=group/CN=user`. */
  subject: string
  /** As openssl takes it, for a server: `IP:127.0.0.1,DNS:localhost`. */
  names?: string
}

/** Certificates as an administrator makes them by hand: with openssl, all files in one folder. */
export interface Authority {
  path(file: string): string
  issue(certificate: Certificate): Promise<void>
}

/** A new certificate authority `NAME.crt` and `NAME.key` in the folder. */
export async function newAuthority(folder: string, name = 'ca'): Promise<Authority> {
  const path = (file: string) => join(folder, file)
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run('openssl', args)
    if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    ...['req', '-x509', ...newKey, '-keyout', path(`${name}.key`), '-out', path(`${name}.crt`), '-days', '1'],
    ...['-subj', `/CN=${name}`],
  )
  return {
    path,
    async issue({ name: file, subject, names }) {
      const extensions = [
        `extendedKeyUsage=${names === undefined ? 'clientAuth' : 'serverAuth'}`,
        ...(names === undefined ? [] : [`subjectAltName=${names}`]),
      ]
      await writeFile(path(`${file}.ext`), extensions.join('\n'))
      await openssl('req', ...newKey, '-keyout', path(`${file}.key`), '-out', path(`${file}.csr`), '-subj', subject)
      await openssl(
        ...['x509', '-req', '-in', path(`${file}.csr`), '-CA', path(`${name}.crt`), '-CAkey', path(`${name}.key`)],
        ...[
          '-set_serial',
          `0x${randomBytes(15).toString('hex')}`,
          '-extfile',
          path(`${file}.ext`),
          '-days',
          '1',
          '-out',
          path(`${file}.crt`),
        ],
      )
    },
  }
}
