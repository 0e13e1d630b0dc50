//! SVG plots of the results: latency and memory, against listeners and against chats.

use std::fs;
use std::io;
use std::path::Path;

use plotters::prelude::*;

use crate::format::shown;
use crate::plan::Measured;
use crate::server_kind::Kind;
use crate::stats::real;

const SIZE: (u32, u32) = (800, 480);
const SERVERS: [Kind; 5] = [Kind::Parlor, Kind::ParlorHttp, Kind::Raw1, Kind::Raw1Coalesce, Kind::AxumRef];

/// A line of a plot: its name, its color, its points.
type Line = (String, RGBColor, Vec<(f64, f64)>);

/// A plot with two logarithmic axes.
struct Plot<'a> {
    file: &'a str,
    title: &'a str,
    across: &'a str,
    up: &'a str,
    scenario: &'a str,
    /// The figures of the plot, each with its share of the server's color.
    figures: &'a [(&'a str, f64)],
}

const PLOTS: &[Plot<'_>] = &[
    Plot {
        file: "latency-listeners.svg",
        title: "From when a message is due to when a listener has it",
        across: "listeners of one chat",
        up: "milliseconds",
        scenario: "paced",
        figures: &[("p50 ms", 1.0), ("p99 ms", 0.45)],
    },
    Plot {
        file: "memory-listeners.svg",
        title: "What an idle listener takes",
        across: "listeners of one chat",
        up: "KiB resident, each",
        scenario: "connecting",
        figures: &[("RSS KiB/listener", 1.0)],
    },
    Plot {
        file: "latency-chats.svg",
        title: "From sending a post to its answer",
        across: "chats in memory",
        up: "milliseconds",
        scenario: "filling",
        figures: &[("post p50 ms", 1.0), ("post p99 ms", 0.45)],
    },
    Plot {
        file: "memory-chats.svg",
        title: "What the process takes",
        across: "chats in memory",
        up: "MiB resident",
        scenario: "filling",
        figures: &[("RSS MiB", 1.0)],
    },
];

/// Draws all plots into `folder`.
pub(crate) fn draw(measured: &Measured, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for plot in PLOTS {
        let lines = plot.lines(measured);
        if !lines.is_empty() {
            let mut text = String::new();
            plot.draw_figure(&mut text, &lines).map_err(|error| io::Error::other(error.to_string()))?;
            fs::write(folder.join(plot.file), text + "\n")?;
        }
    }
    Ok(())
}

impl Plot<'_> {
    fn lines(&self, measured: &Measured) -> Vec<Line> {
        let mut lines = Vec::new();
        for server in SERVERS {
            for (figure, share) in self.figures {
                let at = |size| Some((real(size), measured.figure(self.scenario, size, server, figure)?.max(1e-3)));
                let points: Vec<_> = measured.sizes(self.scenario).into_iter().filter_map(at).collect();
                if !points.is_empty() {
                    lines.push((format!("{server}, {figure}"), colour(server, *share), points));
                }
            }
        }
        lines
    }

    fn draw_figure(&self, text: &mut String, lines: &[Line]) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let points = || lines.iter().flat_map(|(_, _, points)| points);
        let span = |of: fn(&(f64, f64)) -> f64| points().map(of).fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let ((left, right), (low, high)) = (span(|point| point.0), span(|point| point.1));
        let mut chart = ChartBuilder::on(&root)
            .caption(self.title, ("sans-serif", 18))
            .margin(16)
            .margin_right(40)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((left..right * 1.05).log_scale(), (low * 0.7..high * 8.0).log_scale())?;
        let number = |value: &f64| shown(*value).trim_end_matches(".00").to_owned();
        chart
            .configure_mesh()
            .x_desc(self.across)
            .y_desc(self.up)
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .light_line_style(WHITE)
            .draw()?;
        for (name, colour, points) in lines {
            let drawn = chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3))?;
            let colour = *colour;
            drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        }
        chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).background_style(WHITE).border_style(BLACK).draw()?;
        root.present()
    }
}

/// Mixes a server's color with white.
fn colour(server: Kind, share: f64) -> RGBColor {
    let RGBColor(red, green, blue) = match server {
        Kind::Parlor => RGBColor(192, 57, 43),
        Kind::ParlorHttp => RGBColor(230, 150, 120),
        Kind::Raw1 => RGBColor(44, 62, 80),
        Kind::Raw1Coalesce => RGBColor(41, 128, 185),
        Kind::AxumRef => RGBColor(39, 174, 96),
    };
    let mixed = |part: u8| mix(part, share);
    RGBColor(mixed(red), mixed(green), mixed(blue))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the mean of two bytes is a byte")]
fn mix(part: u8, share: f64) -> u8 {
    (f64::from(part) * share + 255.0 * (1.0 - share)) as u8
}
