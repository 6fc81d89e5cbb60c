/** A volume that cannot be set up now; the message is in the kubelet's words. */
export class VolumeError extends Error {
  override name = 'VolumeError'
}
