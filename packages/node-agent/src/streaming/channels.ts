/**
 * Kubernetes' channel protocols over WebSocket: the first byte of each message names a channel, or the first character
 * in the base64 variants.
 */
export interface ChannelProtocol {
  name: string
  base64: boolean
  /** The outcome is a Status in JSON (from version 4 on), or else a plain text, and none when all went well. */
  structuredStatus: boolean
  /** The client may close one channel, which ends standard input (from version 5 on). */
  canClose: boolean
}

const plain = { base64: false, structuredStatus: false, canClose: false }

/** The best comes first. */
export const commandProtocols: readonly ChannelProtocol[] = [
  { ...plain, name: 'v5.channel.k8s.io', structuredStatus: true, canClose: true },
  { ...plain, name: 'v4.channel.k8s.io', structuredStatus: true },
  { ...plain, name: 'base64.v4.channel.k8s.io', structuredStatus: true, base64: true },
  { ...plain, name: 'channel.k8s.io' },
  { ...plain, name: 'base64.channel.k8s.io', base64: true },
]

export const portProtocols: readonly ChannelProtocol[] = [
  { ...plain, name: 'v4.channel.k8s.io' },
  { ...plain, name: 'v4.base64.channel.k8s.io', base64: true },
]

export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Undefined for an empty message. */
export function decodeMessage(protocol: ChannelProtocol, data: Buffer): { channel: number; data: Buffer } | undefined {
  const first = data[0]
  if (first === undefined) return undefined
  if (!protocol.base64) return { channel: first, data: data.subarray(1) }
  return { channel: first - 0x30, data: Buffer.from(data.toString('latin1', 1), 'base64') }
}

/** Base64 messages go out as text. */
export function encodeMessage(protocol: ChannelProtocol, id: number, data: Buffer): Buffer | string {
  if (protocol.base64) return `${id}${data.toString('base64')}`
  return Buffer.concat([Buffer.from([id]), data])
}
