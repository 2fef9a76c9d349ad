export { default } from '../.build/api.js'
