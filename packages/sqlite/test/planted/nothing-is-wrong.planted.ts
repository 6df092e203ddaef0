import './damage-suites.ts'
