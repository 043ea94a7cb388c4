"""What each figure of a summary means, in the words that stand in its JSON."""

from __future__ import annotations

DEFINITIONS = {
    "figure": "value; low to high is a 95 % interval, of the kind that interval names: bootstrap (2,000 draws with "
    "replacement, reals and fakes drawn apart, fixed seed, percentiles), or newcombe for an area that rests on fewer "
    "than 30 videos of a label or lies so near 1 or 0 that its distance from there, times the videos of the rarer "
    "label, is below 2: a bootstrap is too narrow there (newcombe+bootstrap: the outer ends "
    "of both, where there are 3 times as many of the other label), or bootstrap+reflected for the calibration error "
    "(its entry says how), or none: low and high are missing, and the note says why. But for bootstrap itself, "
    "bootstrap_low to bootstrap_high is the bootstrap, where one was drawn. n is the number of videos it rests "
    "on. Shares also have their hits and Wilson's "
    "95 % interval, which is the one to read where every video came out alike. All intervals treat videos as "
    "independent: where clips share people, cameras or footage, they are too narrow.",
    "videos": "Of each label: all; with an error (not analyzed); without a face; without a score (analyzed, nothing to "
    "score, those without a face included); scored. Videos without a label are counted and enter no figure.",
    "same_content": "Videos that are the same as another one, byte for byte, by their SHA-256. Each of them "
    "counts in every figure, so that what it shows counts twice.",
    "at_half": "What the released script decides: FAKE when the score is 0.5 or more, else REAL. Over labelled videos "
    "with a score; those without are left out, so n can be smaller than the number of videos. The released script "
    "calls a video without a face FAKE, as it gives it a score of 0.5; here it is one of those left out. The positive "
    "class is "
    "FAKE. Accuracy, F1 and precision depend on the mix of real and fake videos in the sample.",
    "at_rule": "What the method's rule decided, with three verdicts. Over all labelled videos: one with an error or "
    "without a score counts as not decided, never as right, and never as called FAKE. Where many were not analyzed, "
    "read of_analyzed.",
    "at_rule.of_analyzed": "The same shares of the labelled videos that were analyzed: without an error, and with a "
    "face that could be used. One that is INCONCLUSIVE for another reason is among them.",
    "at_rule.decided": "Share called FAKE or REAL.",
    "at_rule.inconclusive": "Share called INCONCLUSIVE, videos without a score included.",
    "at_rule.failed": "Share with an error. Decided, inconclusive and failed make up all.",
    "at_rule.accuracy_of_decided": "Of those decided, the share decided rightly. To be read with the share decided.",
    "at_rule.correct": "Of all, the share decided rightly: inconclusive and failed ones count as not right.",
    "at_rule.false_positives": "Of all real videos, the share called FAKE.",
    "at_rule.found_fakes": "Of all fake videos, the share called FAKE.",
    "at_rule.missed_fakes": "Of all fake videos, the share called REAL.",
    "at_rule.confirmed_reals": "Of all real videos, the share called REAL.",
    "at_rule.precision": "Of the videos called FAKE, the share that is fake, in this mix of real and fake videos.",
    "at_rule.f1": "Harmonic mean of precision and found_fakes.",
    "scores.auc": "Area under the ROC curve: the chance that a fake scores above a real, ties counted half. Over "
    "videos with a label and a score; those without a score are left out.",
    "scores.equal_error_rate": "Where as large a share of reals is called FAKE as of fakes is called REAL, on straight "
    "lines between the points of the ROC curve. With few videos its bootstrap interval is too narrow. Videos as for "
    "the AUC.",
    "scores.expected_calibration_error": "The score is not a probability. This says how far it is from one: 10 bins of "
    "equal width, the distance between mean score and share of fakes in each, averaged over the videos (after Guo et "
    "al. 2017, arXiv 1706.04599). It depends on the mix of real and fake videos, and few videos "
    "a bin make it too high. Its interval (bootstrap+reflected) is the outer ends of the bootstrap and of its "
    "reflection about the figure, for drawing again adds a chance distance to that of the sample; its upper end "
    "reaches at least as far as the bins' distances to the farther ends of Wilson's intervals of their shares of fakes "
    "do together (what they are more than seen, squared and added). The ends are clipped to 0..1. It begins at 0 where "
    "5 % or more of 2,000 samples, in which these same scores are probabilities, have as large an error, and where the "
    "lower end was clipped; in these samples the scores are held fixed and the number of fakes varies. "
    "Where every draw gave the same value there is no interval. Videos as for the AUC.",
    "groups": "By manipulation or source, as the data set names it. Fakes of a group without reals of its own are set "
    "against all real videos for the AUC; against says which. An area over fewer than 5 of a label says next to "
    "nothing, and its note says so.",
    "thresholds": "For choosing a rule: the lowest threshold, in steps of 0.0001, that no more real videos of this "
    "sample reach than the rate allows, and what it finds. The threshold is fitted to the sample, so these figures are "
    "optimistic; a rule belongs on other videos. The bootstrap sets the threshold anew in every draw; Wilson's "
    "interval takes it as given. resolved is false where the sample has too few real videos to show such a rate "
    "at all.",
    "reliability": "Bins of the score, each holding its lower edge (the last one both): videos, fakes among them, mean "
    "score, share of fakes.",
    "curve": "At each distinct score taken as the threshold: share of reals at or above it (false_positives), share of "
    "fakes (found, the recall), and precision in this mix of real and fake videos.",
    "confusion": "Videos by label and outcome.",
}
