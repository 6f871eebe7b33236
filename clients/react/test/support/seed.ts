/**
 * Random histories are the same ones in every run, so that a failure is of the change and not of chance.
 * `BELFRY_SEED=$RANDOM npx vitest run --project unit` looks elsewhere; fast-check prints what it takes to repeat a failure.
 */
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.BELFRY_SEED ?? 20_261_130) });
