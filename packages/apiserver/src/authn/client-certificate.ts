import type { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { Socket } from 'node:net'
import { unauthorized } from '@wherry/apimachinery'
import type { UserInfo } from '../registry/resource.ts'
import { issuedBy } from './issued-by.ts'
import { credentialIDKey } from './user-info.ts'

/** The user of a socket, found once: what TLS has verified does not change while the socket lives. */
const users = new WeakMap<Socket, UserInfo | undefined>()

/**
 * The user that a client certificate names: its common name, with its organisations as groups. Undefined where there
 * is no certificate; throws 401 for one that the client CA did not sign, or that has expired (upstream
 * `authentication/request/x509`). `authorities` tells which CAs are clients' where TLS believes others, too.
 */
export function certificateUser(socket: Socket, authorities?: readonly X509Certificate[]): UserInfo | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  if (users.has(socket)) return users.get(socket)
  const user = readUser(socket, authorities)
  users.set(socket, user)
  return user
}

function readUser(socket: TLSSocket, authorities: readonly X509Certificate[] | undefined): UserInfo | undefined {
  const certificate = socket.getPeerCertificate()
  if (!certificate?.subject) return undefined
  if (!socket.authorized || (authorities && !issuedBy(socket, authorities))) throw unauthorized('Unauthorized')
  const { CN, O } = certificate.subject
  const name = textOf(CN)[0]
  if (!name) return undefined
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  return { name, groups: textOf(O), extra: { [credentialIDKey]: [`X509SHA256=${fingerprint}`] } }
}

/** A subject's part is a text, several of them a list, whatever the declared type says. */
function textOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
