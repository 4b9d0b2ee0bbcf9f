# The site with Snakemake alone, e.g. `snakemake --cores 2`, `snakemake -n`, or on a cluster; the
# command `greenanalysis build` runs the same rules. See docs/automation.md.
include: "greenanalysis/site/workflow/rules.smk"


rule all:
    input:
        rules.site.output,
