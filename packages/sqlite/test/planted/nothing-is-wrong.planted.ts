import './damage-suites.ts'
import './snapshot-suite.ts'
