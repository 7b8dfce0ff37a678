import { z } from 'zod';
import { secondsOf } from '../proxy-config/go-duration.js';

/**
 * Shapes of values as their owners write them, bounds included. What a JSON Schema cannot say (the length
 * of a duration) stands in `x-` members, from which documents and specs read it.
 */

/** A whole number with both bounds. */
export function whole(min: number, max: number): z.ZodType {
  return z.int().min(min).max(max);
}

export function either(...words: readonly string[]): z.ZodType {
  return z.enum([...words]);
}

export const yesOrNo: z.ZodType = z.boolean();

/** A Go duration (`30s`, `1h30m`) between two bounds in seconds. */
export function duration(minSeconds: number, maxSeconds: number): z.ZodType {
  return z
    .string()
    .max(32)
    .regex(/^(\d+(\.\d+)?(h|m|s|ms))+$/)
    .refine((text) => {
      const seconds = secondsOf(text);
      return seconds !== null && seconds >= minSeconds && seconds <= maxSeconds;
    }, `must be ${minSeconds} s to ${maxSeconds} s`)
    .meta({ 'x-minimum-seconds': minSeconds, 'x-maximum-seconds': maxSeconds });
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${octet}(\\.${octet}){3}`;

/** An IPv4 address; IPv6 ones are left to the owner's own checks. */
export const ipv4Address: z.ZodType = z
  .string()
  .max(15)
  .regex(new RegExp(`^${ipv4}$`));

/** An IPv4 range in CIDR notation. */
export const ipv4Range: z.ZodType = z
  .string()
  .max(18)
  .regex(new RegExp(`^${ipv4}/(3[0-2]|[12]?\\d)$`));

/** Host and port to listen on. */
export const listenAddress: z.ZodType = z
  .string()
  .max(21)
  .regex(new RegExp(`^${ipv4}:([1-9]\\d{0,3}|[1-5]\\d{4})$`));

/** A list that an owner reads in order. */
export function listOf(item: z.ZodType, max: number): z.ZodType {
  return z.array(item).min(1).max(max);
}

/** A name that follows a pattern. */
export function named(pattern: RegExp, max: number): z.ZodType {
  return z.string().max(max).regex(pattern);
}

export function share(min: number, max: number): z.ZodType {
  return z.number().min(min).max(max);
}
