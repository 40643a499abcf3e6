/**
 * `npm run contract`: checks the wire contract. `npm run contract -- --accept` takes an addition for
 * the new baseline; a change that breaks clients is refused there too.
 */
import process from 'node:process'
import { accept, checks } from './contract.ts'

const isAccepting = process.argv.includes('--accept')
const faults = isAccepting
  ? [accept()].filter((fault) => fault !== undefined)
  : Object.entries(checks).flatMap(([name, check]) => {
      const fault = check()
      return fault === undefined ? [] : [`${name}: ${fault}`]
    })
for (const fault of faults) console.error(fault)
if (faults.length > 0 && !isAccepting)
  console.error(
    'If this is an addition that old clients survive (docs/PROTOCOL.md, "Changing the protocol"), ' +
      'run `npm run contract -- --accept`.',
  )
if (faults.length === 0)
  console.log(isAccepting ? 'The contract is accepted.' : 'The contract holds.')
process.exitCode = faults.length === 0 ? 0 : 1
