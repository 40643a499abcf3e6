import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { systemClock } from '@parley/runtime'
import { type Command, takeFlags } from '../command.ts'
import { readSettings, type Settings } from '../settings.ts'

type Verdict = 'ok' | 'warn' | 'fail'

interface Finding {
  readonly check: string
  readonly verdict: Verdict
  /** What was seen, and for faults what to do. */
  readonly says: string
}

const freeBytesMin = 1024 ** 3
const slowFsyncMs = 20
const fsyncs = 20

export const doctor: Command = {
  usage: 'doctor',
  summary: 'Check this machine and the settings.',
  help: () => `Checks what the server needs: Node, settings, data folder, disk, ports. It changes
nothing. Exit code 3 when something must be put right. --json prints one object.`,
  async run({ flags }, terminal) {
    const { own, settings: settingFlags } = takeFlags(flags, ['--json'])
    const { values, faults } = readSettings(settingFlags, terminal.environment)
    const findings: Finding[] = [
      checkNode(),
      ...faults.map(
        ({ name, problem }): Finding => ({
          check: 'settings',
          verdict: 'fail',
          says: `${name} ${problem}`,
        }),
      ),
    ]
    if (faults.length === 0) {
      findings.push({ check: 'settings', verdict: 'ok', says: 'are fine' })
      findings.push(...(await checkFolder(values)), ...(await checkPorts(values)))
    }
    if (own['--json'] !== undefined) terminal.print(JSON.stringify({ findings }))
    else
      for (const { check, verdict, says } of findings)
        terminal.print(`${verdict.padEnd(5)} ${check.padEnd(12)} ${says}`)
    return findings.some(({ verdict }) => verdict === 'fail') ? 3 : 0
  },
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isFine = major > 24 || (major === 24 && minor >= 6)
  const says = isFine ? process.version : `${process.version}: Parley needs 24.6. Run "npm ci".`
  return { check: 'node', verdict: isFine ? 'ok' : 'fail', says }
}

async function checkFolder({ core }: Settings): Promise<readonly Finding[]> {
  const check = 'data folder'
  const probe = join(core.data, `.doctor-${process.pid}`)
  try {
    await mkdir(core.data, { recursive: true, mode: 0o700 })
    const times: number[] = []
    await using file = await open(probe, 'w')
    for (let round = 0; round < fsyncs; round += 1) {
      await file.write('parley')
      const startMs = systemClock.monotonicMs()
      await file.datasync()
      times.push(systemClock.monotonicMs() - startMs)
    }
    times.sort((a, b) => a - b)
    const medianMs = times[fsyncs / 2] ?? 0
    const { bavail, bsize } = await statfs(core.data)
    const freeBytes = bavail * bsize
    const freeGb = (freeBytes / 1024 ** 3).toFixed(1)
    return [
      { check, verdict: 'ok', says: `${core.data} can be written` },
      medianMs <= slowFsyncMs
        ? { check: 'disk', verdict: 'ok', says: `a write is safe after ${medianMs.toFixed(1)} ms` }
        : {
            check: 'disk',
            verdict: 'warn',
            says: `a write is safe only after ${medianMs.toFixed(0)} ms: messages will be slow. Use a local SSD.`,
          },
      freeBytes >= freeBytesMin
        ? { check: 'space', verdict: 'ok', says: `${freeGb} GiB free` }
        : { check: 'space', verdict: 'warn', says: `only ${freeGb} GiB free. Make room.` },
    ]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown'
    const says = `${core.data} cannot be written (${code}). Change its owner, or choose another with --data.`
    return [{ check, verdict: 'fail', says }]
  } finally {
    await rm(probe, { force: true })
  }
}

async function checkPorts({ core }: Settings): Promise<readonly Finding[]> {
  const answer = await fetch(`http://${core.opsListen}:${core.opsPort}/readyz`).catch(
    () => undefined,
  )
  if (answer !== undefined) {
    const isReady = answer.status === 200
    const says = isReady ? 'runs and is ready' : 'runs but is not ready'
    return [{ check: 'server', verdict: isReady ? 'ok' : 'warn', says }]
  }
  const ports = [
    { check: 'port', host: core.listen, port: core.port },
    { check: 'ops port', host: core.opsListen, port: core.opsPort },
  ]
  return Promise.all(
    ports.map(async ({ check, host, port }): Promise<Finding> => {
      if (await isFree(host, port)) return { check, verdict: 'ok', says: `${port} is free` }
      return {
        check,
        verdict: 'fail',
        says: `${port} is in use. Stop that program or choose another.`,
      }
    }),
  )
}

function isFree(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen({ host, port }, () => server.close(() => resolve(true)))
  return promise
}
