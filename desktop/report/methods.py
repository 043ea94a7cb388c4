"""The section on methods: each one that gave a reported number, once, whole, with what is known of its errors."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.report import cards
from desktop.report.blocks import Block, Column, Field, Fields, Paragraph, Section, Table
from desktop.report.subjects import Subject
from desktop.report.words import NOT_A_PROBABILITY, NOT_SUPPLIED, number, prose, stamp, supplied, whole
from genconvit.cards import Card
from genconvit.method import Crop, Finding, Method, Origin, Rule, Sampling, Scoring
from genconvit.method.records import PRECISIONS
from genconvit.records import Analysis, Provenance
from genconvit.verdict import measured, unless

NETWORKS = {
    "ed": "GenConViT network A (ed): an autoencoder and one convolutional backbone, run on the face and on its "
    "reconstruction",
    "vae": "GenConViT network B (vae): a variational autoencoder and one convolutional backbone, run on the face and "
    "on its reconstruction",
}
SWIN = "The Swin part that the GenConViT publication names takes no part in the released computation and did not run."
FINDERS = {"centerface": "CenterFace", "hog": "dlib HOG, as the face_recognition library runs it"}
NO_ERRORS = (
    "What is known of the error rates of these weights under this rule: not supplied. How often this method is wrong "
    "is therefore not known to this report."
)
OTHER_DATA = (
    "These hold for the data named. What else is known of the weights, on real video if anywhere, stands in the "
    "section on methods, where their card is quoted."
)
NO_RATES = "Error rates of this method are not supplied: how often it is wrong is not known to this report."
ELSEWHERE = (
    "These figures hold for the data they were measured on. Material of another origin, compression or kind of "
    "manipulation may be judged wrongly more often."
)
NO_RULE = "No decision rule is known for this method."
ORIGINS = {
    "shipped": "Comes with the program, unchanged",
    "changed": "Comes with the program; its sampling or precision was changed",
    "own": "Made or changed by the user; figures beside the rule are the user's",
}
NOT_OURS = "Method “{}” is not one that comes with Veriframe; its rule and figures are its author's."
CHANGED = (
    "Method “{}” is one that comes with Veriframe, with its sampling or precision changed; its figures were measured "
    "without that change."
)
NO_SOURCE = f"{NOT_SUPPLIED}: an older program, or one whose files were changed while it ran"
NONE_ANALYZED = "No video was analyzed, so no method was applied."


def sections(subjects: tuple[Subject, ...], known: Mapping[str, Card]) -> tuple[Section, ...]:
    """The heading and one part per distinct method hash, in the order of the items. ``known``: cards of weights, per
    SHA-256 of the weights file."""
    if not (groups := _groups(subjects)):
        return (Section("Method", (Paragraph(NONE_ANALYZED),)),)
    return (Section("Method"), *(_method(group, known) for group in groups))


def rules_in_brief(subjects: tuple[Subject, ...]) -> tuple[Paragraph, ...]:
    """Each rule with what is known of its errors, as it stands under a table of several verdicts."""
    return tuple(_in_brief(group) for group in _groups(subjects))


def _groups(subjects: tuple[Subject, ...]) -> tuple[tuple[Subject, ...], ...]:
    """Those whose reported numbers one method gave, in the order of the items."""
    groups: dict[str, list[Subject]] = {}
    for subject in subjects:
        if subject.analysis is not None:
            groups.setdefault(subject.analysis.method.sha256, []).append(subject)
    return tuple(tuple(group) for group in groups.values())


def _in_brief(group: tuple[Subject, ...]) -> Paragraph:
    method = next(subject.analysis.method for subject in group if subject.analysis is not None)
    items = f"item{'s' * (len(group) > 1)} {', '.join(str(subject.number) for subject in group)}"
    rates = _rates(method.rule)
    known = f"What is known of its errors: {'; '.join(rates)}." if rates else NO_RATES
    rule = " ".join(rule_lines(method))
    return Paragraph(f"Rule of {items}, method “{supplied(method.name)}”: {rule} {known}", "small")


def origin_line(analysis: Analysis) -> str:
    """Whose method it is, as it stands beside a verdict; empty for one that comes with the program, unchanged."""
    origin = analysis.provenance.method_origin
    if origin == Origin.SHIPPED:
        return ""
    return (CHANGED if origin == Origin.CHANGED else NOT_OURS).format(supplied(analysis.method.name))


def _method(group: tuple[Subject, ...], known: Mapping[str, Card]) -> Section:
    analyses = tuple(subject.analysis for subject in group if subject.analysis is not None)
    method = analyses[0].method
    items = ", ".join(str(subject.number) for subject in group)
    blocks: tuple[Block, ...] = (
        Fields((*_identity(method, items, analyses), *_weights(analyses[0]))),
        Paragraph("From the video to the scores", "heading"),
        Fields(_steps(method, analyses)),
        Paragraph("Decision rule", "heading"),
        Fields(_rule(method)),
        Paragraph("Known error rates", "heading"),
        *_errors(method.rule),
        *cards.blocks(tuple(dict.fromkeys(each for a in analyses for each in a.provenance.weights)), known),
        Paragraph("Software and device", "heading"),
        *(Fields(_software(analysis.provenance, numbers)) for analysis, numbers in _runs(group)),
    )
    return Section(f"Method “{supplied(method.name)}”", blocks, level=2)


def _identity(method: Method, items: str, analyses: tuple[Analysis, ...]) -> tuple[Field, ...]:
    origins = dict.fromkeys(analysis.provenance.method_origin for analysis in analyses)
    return (
        Field("Used for items", items),
        Field("Title", supplied(method.title)),
        Field("Description", prose(method.description), "prose"),
        Field("Origin of the method", "; ".join(ORIGINS.get(origin, supplied(origin)) for origin in origins)),
        Field("Method SHA-256", method.sha256, "hash"),
        Field("Core SHA-256", method.core_sha256, "hash"),
        Field(
            "Deviations", method.derived_from.strip() or "None recorded: the method was used as it stands in its file"
        ),
    )


def _weights(analysis: Analysis) -> tuple[Field, ...]:
    used = analysis.provenance.weights
    networks = dict.fromkeys(ref.network for ref in analysis.method.weights)
    rows = [Field("Network", f"{NETWORKS.get(network, network)}. {SWIN}") for network in networks]
    if not used:
        rows.append(Field("Weights", NOT_SUPPLIED))
    for weights in used:
        rows += [
            Field("Weights", f"{supplied(weights.name)} (network {supplied(weights.network)})"),
            Field("Weights SHA-256", supplied(weights.sha256), "hash"),
            Field("Imported from SHA-256", supplied(weights.source_sha256), "hash"),
            Field("Licence of the weights", supplied(weights.licence)),
        ]
    return tuple(rows)


def _steps(method: Method, analyses: tuple[Analysis, ...]) -> tuple[Field, ...]:
    decoders = dict.fromkeys(analysis.provenance.decoder for analysis in analyses)
    return (
        Field("Decoder", ", ".join(supplied(decoder) for decoder in decoders)),
        Field("Sampling plan", _sampling(method.sampling)),
        Field("Face finder", _finding(method.finding)),
        Field("Face crop", _crop(method.crop)),
        Field("Normalisation", _normalisation(method.scoring)),
        Field("Backbone", "; ".join(f"{supplied(ref.backbone)} ({supplied(ref.name)})" for ref in method.weights)),
        Field("Scoring", _scoring(method.scoring)),
        Field(
            "Score of a face", "(fake + 1 - real) / 2 of the network's two sigmoid outputs, averaged over the networks"
        ),
    )


def _sampling(sampling: Sampling) -> str:
    if sampling.plan == "even":
        return f"{sampling.count} frames spread evenly from the first to the last (all of them in a shorter clip)"
    return f"The first frame at or after each multiple of {sampling.seconds:g} s"


def _finding(finding: Finding) -> str:
    size = f"frame shrunk to {finding.longest_side_px} px" if finding.longest_side_px else "frame at full size"
    most = f"the first {finding.most_faces} faces of the video" if finding.most_faces else "all faces of a frame"
    return (
        f"{FINDERS.get(finding.finder, finding.finder)}; {size}; least confidence {finding.confidence:g}; "
        f"smallest box side {finding.smallest_px} px; {most} used"
    )


def _crop(crop: Crop) -> str:
    shape = "the box as it is" if crop.shape == "box" else "a square around the box"
    return f"{shape}; margin {crop.margin:g} of its length on every side; resized to {crop.size_px} × {crop.size_px} px"


def _scoring(scoring: Scoring) -> str:
    mirror = "averaged over the crop and its mirror image" if scoring.mirror else "the crop alone, not mirrored"
    return f"{mirror}; precision {scoring.precision}; seed {scoring.seed}"


def _normalisation(scoring: Scoring) -> str:
    mean, deviation = (", ".join(f"{value:g}" for value in triple) for triple in (scoring.mean, scoring.std))
    return f"mean {mean}; standard deviation {deviation} (red, green, blue, each 0 to 1)"


def _rule(method: Method) -> tuple[Field, ...]:
    if (rule := method.rule) is None:
        return (Field("Rule", f"{no_rule(method)} Scores are reported without FAKE or REAL."),)
    return (
        Field("Rule", " ".join(rule_lines(method))),
        Field("Upper threshold", number(rule.upper)),
        Field("Lower threshold", number(rule.lower)),
        Field("Threshold of a frame", f"{number(rule.frame)} (a frame with a face at or above it is flagged)"),
        Field("Least faces", f"{rule.least_faces}{counting(rule)}"),
        Field("Derived from", prose(rule.derived_from), "prose"),
    )


def no_rule(method: Method) -> str:
    """Why a method gives scores without FAKE or REAL."""
    base, _, change = method.derived_from.rpartition(": ")
    name = base.rpartition(" ")[0]
    # How many frames are looked at never costs a method its rule.
    precision = [word for word in change.split(", ") if word in PRECISIONS]
    if not name or not precision:
        return NO_RULE
    return (
        f"The rule of “{supplied(name)}”, if any, was derived for another precision than {precision[0]} and is not "
        "applied."
    )


def rule_lines(method: Method) -> tuple[str, ...]:
    """The rule in sentences, as it stands beside a verdict."""
    if (rule := method.rule) is None:
        return (no_rule(method),)
    upper, lower = number(rule.upper), number(rule.lower)
    if rule.kind == "released":
        return (
            "The released script's own arithmetic: the networks' outputs are averaged over all used faces. Of a clip "
            "with fewer frames than the method asks for, the script reads some several times: their faces count as "
            "often.",
            "FAKE when the mean “fake” output is not below the mean “real” output, REAL otherwise.",
            f"INCONCLUSIVE with fewer than {rule.least_faces} used faces.",
        )
    return (
        f"FAKE at or above {upper}.",
        f"REAL below {lower}{unless(rule)}.",
        "INCONCLUSIVE between the two." if rule.lower < rule.upper else "The two thresholds are the same.",
        f"The score of a person is the mean over the person's used faces; the video takes the highest score of a "
        f"person with at least {rule.least_faces} of them{counting(rule)}.",
    )


def counting(rule: Rule) -> str:
    """Which faces count towards the rule's least number, where not all do."""
    return f"; one counts that is seen {rule.apart_s:g} s or more after the last that counted" if rule.apart_s else ""


def known_lines(rule: Rule | None) -> tuple[str, ...]:
    """The measured rates, a line each, as they stand beside a verdict; scores and areas stand with the method."""
    rates = _rates(rule)
    return (*rates, OTHER_DATA) if rates else ("Error rates: not supplied.",)


def _rates(rule: Rule | None) -> tuple[str, ...]:
    rates = () if rule is None else tuple(entry for entry in rule.evidence if entry.share)
    return tuple(f"{e.what}: {measured(e)[0]} (95 % interval {measured(e)[1]}; n = {whole(e.n)})" for e in rates)


def _errors(rule: Rule | None) -> tuple[Block, ...]:
    if rule is None or not rule.evidence:
        return (Paragraph(NO_ERRORS, "statement"),)
    columns = (
        Column("What was measured, on which data", 1.0),
        Column("n", kind="number"),
        Column("Value", kind="number"),
        Column("95 % interval", kind="number"),
    )
    rows = tuple((e.what, whole(e.n), *measured(e)) for e in rule.evidence)
    return (Table(columns, rows), Paragraph(f"{ELSEWHERE} {NOT_A_PROBABILITY}", "small"))


def _runs(group: tuple[Subject, ...]) -> tuple[tuple[Analysis, tuple[int, ...]], ...]:
    """Analyses that were made on the same software and device stand together, with the numbers of their items."""
    runs: dict[tuple[object, ...], tuple[Analysis, list[int]]] = {}
    for subject in group:
        if (analysis := subject.analysis) is not None:
            p = analysis.provenance
            key = (
                p.program,
                p.version,
                p.source_sha256,
                p.python,
                p.platform,
                tuple(sorted(p.libraries.items())),
                p.device,
                p.precision,
                p.seed,
            )
            runs.setdefault(key, (analysis, []))[1].append(subject.number)
    return tuple((analysis, tuple(numbers)) for analysis, numbers in runs.values())


def _software(provenance: Provenance, items: tuple[int, ...]) -> tuple[Field, ...]:
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(provenance.libraries.items()))
    return (
        Field("Items", ", ".join(map(str, items))),
        Field("Software", f"{supplied(provenance.program)} {supplied(provenance.version)}"),
        Field("Source SHA-256", provenance.source_sha256 or NO_SOURCE, "hash" if provenance.source_sha256 else "text"),
        Field("Device", supplied(provenance.device)),
        Field("Precision, seed", f"{supplied(provenance.precision)}, {provenance.seed}"),
        Field("Platform", f"{supplied(provenance.platform)}; Python {supplied(provenance.python)}"),
        Field("Library versions", supplied(libraries)),
        Field(
            "First analysis" if len(items) > 1 else "Analyzed",
            f"{stamp(provenance.started_at)} to {stamp(provenance.finished_at)}",
        ),
    )
