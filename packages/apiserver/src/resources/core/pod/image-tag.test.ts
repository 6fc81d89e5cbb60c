import { expect, it } from 'vitest'
import { imageTag } from './image-tag.ts'

it.each([
  ['nginx', 'latest'],
  ['nginx:1.27', '1.27'],
  ['registry.example.com:5000/team/app', 'latest'],
  ['registry.example.com:5000/team/app:v2', 'v2'],
  ['localhost/app', 'latest'],
  [`app@sha256:${'0'.repeat(64)}`, ''],
  [`app:latest@sha256:${'0'.repeat(64)}`, 'latest'],
  ['App', ''],
  ['app:', ''],
  ['app:bad tag', ''],
  ['', ''],
  ['f'.repeat(64), ''],
])('the tag of %j is %j', (image, tag) => {
  expect(imageTag(image)).toBe(tag)
})
