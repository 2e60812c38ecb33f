//! Robust covariances against R's sandwich (`tests/reference/covariance_r/make.R`), through the command line.

use crate::run::{Case, Fit, rel, same_name};
use assert_cmd::Command;

const KINDS: [(&str, &str); 9] = [
    ("hac:prewhite", "hac_prewhite_auto"),
    ("hac:prewhite:adjust", "hac_prewhite_auto_adjust"),
    ("hac:4:prewhite", "hac_prewhite_4"),
    ("hac", "hac_auto"),
    ("hac:3:adjust", "hac_3_adjust"),
    ("cluster", "cluster_hc0"),
    ("cluster:hc1", "cluster_hc1"),
    ("cluster:noadjust", "cluster_hc0_noadjust"),
    ("cluster:hc1:noadjust", "cluster_hc1_noadjust"),
];

#[test]
fn newey_west_and_clusters_are_those_of_sandwich() {
    let discoveries = ("discoveries.csv", "count ~ t + t2 + war", "decade");
    let quine = ("quine.csv", "Days ~ Eth + Sex + Age + Lrn", "group");
    for (name, (table, formula, column), family, within) in [
        ("discoveries_poisson", discoveries, "poisson", 1e-7),
        ("discoveries_quasi", discoveries, "quasipoisson", 1e-7),
        ("discoveries_nb2", discoveries, "nb2", 1e-4),
        ("discoveries_linear", discoveries, "gaussian-log1p", 1e-7),
        ("quine_poisson", quine, "poisson", 1e-7),
        ("quine_nb2", quine, "nb2", 1e-4),
    ] {
        let Some(case) = Case::open("covariance_r").map(|c| c.on(table)) else { return };
        for (kind, path) in KINDS {
            // The column stands after the first word; it is text and not in the formula.
            let vcov = kind.replace("cluster", &format!("cluster:{column}"));
            let fit = case.fit(&["--formula", formula, "--family", family, "--vcov", &vcov]);
            fit.terms_are("std_error", case.at(&format!("{name}/{path}")), rel(within), same_name);
            assert_eq!(fit.json["model"]["vcov"], vcov);
        }
    }
}

#[test]
fn one_cluster_or_none_is_refused() {
    let Some(case) = Case::open("covariance_r").map(|c| c.on("discoveries.csv")) else { return };
    let refused = |vcov: &str, words: &str| {
        let mut c = Command::cargo_bin("tumen").expect("the binary is built");
        // The war is all 0 in the first fifty years.
        let arguments = ["--formula", "count ~ t", "--end", "50", "--vcov", vcov];
        let out = c.arg("fit").arg(case.data()).args(arguments).output().expect("it runs");
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && text.contains(words), "{vcov}: {text}");
    };
    refused("cluster:nothing", "unknown column `nothing`");
    refused("cluster:war", "1 cluster: errors by cluster need at least 2");
    refused("cluster", "names no column");
    refused("hac:x", "is not a number of lags");
}

/// `tests/reference/cluster_panel_r/make.R`: patients in four periods each, with the period as a covariate too.
#[test]
fn clusters_of_a_dated_panel_are_those_of_sandwich_with_and_without_by() {
    let Some(case) = Case::open("cluster_panel_r").map(|c| c.on("epil.csv")) else { return };
    let within = |name: &str| if name == "nb2" { rel(1e-4) } else { rel(1e-7) };
    for (kind, vcov) in [("hc0", "cluster:subject"), ("hc1", "cluster:subject:hc1")] {
        for family in ["poisson", "nb2"] {
            let formula = "y ~ lbase * trt + lage + period";
            let fit = case.fit(&["--formula", formula, "--family", family, "--vcov", vcov]);
            fit.terms_are("estimate", case.at(&format!("{family}/coefficients")), within(family), same_name);
            fit.terms_are("std_error", case.at(&format!("{family}/{kind}")), within(family), same_name);
        }
        let formula = "y ~ lbase + lage + period";
        let json = case.run("fit", &["--formula", formula, "--family", "poisson", "--by", "trt", "--vcov", vcov]);
        for (i, group) in ["placebo", "progabide"].into_iter().enumerate() {
            assert_eq!(json["fits"][i]["group"]["trt"], group);
            let fit = Fit { case: case.name, json: json["fits"][i].clone() };
            fit.terms_are("std_error", case.at(&format!("{group}/{kind}")), within(group), same_name);
        }
    }
}

#[test]
fn what_clusters_of_a_dated_panel_cannot_do_is_said() {
    let Some(case) = Case::open("cluster_panel_r").map(|c| c.on("epil.csv")) else { return };
    let refused = |command: &str, arguments: &[&str], words: &str| {
        let mut c = Command::cargo_bin("tumen").expect("the binary is built");
        let out = c.arg(command).arg(case.data()).args(arguments).output().expect("it runs");
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && text.contains(words), "{command} {arguments:?}: {text}");
    };
    let (plain, cluster) = ("y ~ lbase", "cluster:subject");
    refused("fit", &["--formula", plain], "one model of all rows is `--vcov cluster:subject`");
    refused("fit", &["--formula", plain, "--by", "subject", "--vcov", cluster], "each series is a single cluster");
    refused("fit", &["--formula", "y ~ lag(lbase, 1)", "--vcov", cluster], "no series for `lag`");
    refused("fit", &["--formula", plain, "--model", "ingarch", "--vcov", cluster], "no series for the model ingarch");
    refused("forecast", &["--formula", plain, "--vcov", cluster], "no series over time");
}
