import { ServiceAccount, type TokenRequest } from '@wherry/api'
import { parseTime } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import type { Clock } from '@wherry/component-base'
import { type PodObject, podUid } from '../pod/pod-object.ts'

interface HeldToken {
  token: string
  renewAt: number
}

/** Tokens for the pods of this node, bound to their pod. As the kubelet's token manager. */
export class ServiceAccountTokens {
  readonly #client: Client
  readonly #clock: Clock
  readonly #held = new Map<string, Map<string, HeldToken>>()

  constructor({ client, clock }: { client: Client; clock: Clock }) {
    this.#client = client
    this.#clock = clock
  }

  /** The token that is held, or a new one when 80% of its life, or a day, has passed. */
  async token(pod: PodObject, audience: string, expirationSeconds: number): Promise<string> {
    const uid = podUid(pod)
    const ofPod = this.#held.get(uid) ?? new Map<string, HeldToken>()
    this.#held.set(uid, ofPod)
    const key = `${audience}/${expirationSeconds}`
    const held = ofPod.get(key)
    const begun = this.#clock.now()
    if (held && begun < held.renewAt) return held.token
    const { namespace = '', name = '' } = pod.metadata
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience === '' ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    }
    const account = { namespace, name: pod.spec?.serviceAccountName || 'default' }
    const answer = await this.#client.createSubresource<TokenRequest>(ServiceAccount, account, 'token', request)
    const token = answer.status?.token ?? ''
    const stamp = answer.status?.expirationTimestamp
    const expires = stamp ? parseTime(stamp) : begun + expirationSeconds * 1000
    ofPod.set(key, { token, renewAt: begun + Math.min((expires - begun) * 0.8, 24 * 3_600_000) })
    return token
  }

  /** When the first of a pod's tokens wants renewing; Infinity when it has none. */
  refreshAt(uid: string): number {
    return Math.min(Infinity, ...[...(this.#held.get(uid)?.values() ?? [])].map(({ renewAt }) => renewAt))
  }

  forget(uid: string): void {
    this.#held.delete(uid)
  }
}
