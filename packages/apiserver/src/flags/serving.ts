import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCiphers } from 'node:tls'
import { selfSignedCertificate, UserError } from '@wherry/component-base'
import type { TLSOptions } from '../http/http-server.ts'
import { readFlagFile } from './files.ts'

export interface ServingFlags {
  readonly 'tls-cert-file': string | undefined
  readonly 'tls-private-key-file': string | undefined
  readonly 'cert-dir': string
  readonly 'tls-min-version': string
  readonly 'tls-cipher-suites': readonly string[] | undefined
}

/** The names that the `kubernetes` Service is called by. */
const serviceNames = ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', 'localhost']

/**
 * The server's certificate: the one that is named, or one that it makes itself in `--cert-dir` and keeps there
 * (upstream `SecureServingOptions.MaybeDefaultWithSelfSignedCerts`).
 */
export async function servingOptions(
  flags: ServingFlags,
  addresses: readonly string[],
  now: number,
): Promise<Omit<TLSOptions, 'clientCA' | 'requestHeaderCA'>> {
  const { 'tls-cert-file': certFile, 'tls-private-key-file': keyFile } = flags
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UserError('--tls-cert-file and --tls-private-key-file must be specified together')
  }
  const pair =
    certFile !== undefined && keyFile !== undefined
      ? {
          cert: await readFlagFile('tls-cert-file', certFile),
          key: await readFlagFile('tls-private-key-file', keyFile),
        }
      : await ownCertificate(flags['cert-dir'], addresses, now)
  return {
    ...pair,
    minVersion: flags['tls-min-version'] === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: cipherList(flags['tls-cipher-suites']),
  }
}

async function ownCertificate(dir: string, addresses: readonly string[], now: number) {
  const [certFile, keyFile] = [join(dir, 'apiserver.crt'), join(dir, 'apiserver.key')]
  try {
    return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
  } catch {
    const [host = 'localhost', ...more] = addresses
    const made = selfSignedCertificate(host, [...more, ...serviceNames], now)
    try {
      await mkdir(dir, { recursive: true })
      await writeFile(keyFile, made.key, { mode: 0o600 })
      await writeFile(certFile, made.cert)
    } catch (cause) {
      throw new UserError(
        `error creating self-signed certificates in --cert-dir ${dir}: name a folder that may be written, or --tls-cert-file`,
        { cause },
      )
    }
    return made
  }
}

/** OpenSSL's names of IANA's cipher suites, which Go's TLS knows them by. */
function cipherList(suites: readonly string[] | undefined): string | undefined {
  if (!suites?.length) return undefined
  const known = new Set(getCiphers().map((name) => name.toUpperCase()))
  const names = suites.map((suite) => {
    const name = opensslName(suite)
    if (!known.has(name)) throw new UserError(`Cipher suite ${suite} not supported or doesn't exist`)
    return name
  })
  return names.join(':')
}

function opensslName(suite: string): string {
  if (/^TLS_(AES|CHACHA20)_/.test(suite)) return suite
  return suite
    .replace(/^TLS_/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace(/(CHACHA20_POLY1305)_SHA256$/, '$1')
    .replace(/^RSA_/, '')
    .replaceAll('_', '-')
    .replace(/-CBC-SHA/, '-SHA')
}
