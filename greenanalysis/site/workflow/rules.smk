# weather -> capacity factors -> networks -> pages -> site
#
# What there is to make stands in a plan (see plan.py): the one that `greenanalysis build` wrote, or,
# for `snakemake` alone, that of the pages of the site. Jobs run in processes forked from one that
# has the imports (warm.py); what a job does is plain Python (steps.py).
from greenanalysis.site.workflow import steps
from greenanalysis.site.workflow.warm import core_count

plan = steps.plan_of(config)
wishes = steps.Wishes(plan)
all_cores = workflow.resource_settings.cores or core_count()

workdir: str(plan.work)


wildcard_constraints:
    page="[a-z0-9][a-z0-9_-]*",
    scenario="[^/.]+",
    kind="export|reference",


rule site:
    input:
        expand("pages/{page}/record.json", page=[page.name for page in plan.pages]),
    output:
        touch("site.done"),
    run:
        steps.finish(plan, wishes)


rule runtime:
    input:
        lambda wildcards: wishes.files("runtime"),
    output:
        "runtime.json",
    params:
        code=lambda wildcards: wishes.code("runtime"),
    run:
        steps.run("runtime", plan, output[0])


rule weather:
    input:
        lambda wildcards: wishes.files("weather"),
    output:
        "weather.json",
    params:
        code=lambda wildcards: wishes.code("weather"),
        weather=lambda wildcards: wishes.weather,
    threads: all_cores
    run:
        steps.run("weather", plan, output[0])


rule capacity_factors:
    input:
        "weather.json",
        lambda wildcards: wishes.files("capacity_factors"),
    output:
        "capacity_factors.json",
    params:
        code=lambda wildcards: wishes.code("capacity_factors"),
        weather=lambda wildcards: wishes.weather,
    threads: all_cores
    run:
        steps.run("capacity_factors", plan, output[0])


rule network:
    input:
        "capacity_factors.json",
        lambda wildcards: wishes.files("network"),
    output:
        "networks/{scenario}.{kind}.json",
    params:
        code=lambda wildcards: wishes.code("network"),
        weather=lambda wildcards: wishes.weather,
    retries: 1
    run:
        steps.run("network", plan, output[0], wildcards.scenario, wildcards.kind)


rule page:
    input:
        lambda wildcards: wishes.page_inputs(wildcards.page),
    output:
        "pages/{page}/record.json",
    params:
        key=lambda wildcards: wishes.key(wildcards.page),
    retries: 1
    threads: lambda wildcards, attempt: 1 if attempt == 1 else all_cores
    resources:
        attempt=lambda wildcards, attempt: attempt,
    run:
        steps.make_page(plan, wildcards.page, wishes, attempt=resources.attempt)
