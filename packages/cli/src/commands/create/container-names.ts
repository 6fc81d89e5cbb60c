/** Names for containers out of their images: the last part of the path, without tag and digest, made unique. */
export function containerNames(images: readonly string[]): string[] {
  const used = new Set<string>()
  return images.map((image) => {
    const last = image.split('/').at(-1) ?? image
    const [base = ''] = last.split(/[@:]/)
    const name = base
      .toLowerCase()
      .replaceAll(/[^-a-z0-9]/g, '-')
      .slice(0, 57)
      .replaceAll(/^-+|-+$/g, '')
    let unique = name
    for (let count = 1; used.has(unique); count++) unique = `${name}-${count}`
    used.add(unique)
    return unique
  })
}
