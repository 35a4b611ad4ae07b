#include "stats.h"

#include <assert.h>
#include <math.h>

struct stats_line
stats_line(const double *x, const double *y, size_t n)
{
	struct stats_line line = {0};
	double mean_x, mean_y, xy = 0, yy = 0, rest, error;

	assert(n >= 2);
	mean_x = stats_mean(x, n);
	mean_y = stats_mean(y, n);
	for (size_t i = 0; i < n; i++) {
		double dx = x[i] - mean_x, dy = y[i] - mean_y;

		line.squares += dx * dx;
		xy += dx * dy;
		yy += dy * dy;
	}
	line.center = mean_x;
	line.p = 1;
	if (line.squares == 0)
		return line;
	line.slope = xy / line.squares;
	if (n == 2)
		return line;
	rest = fmax(0, yy - line.slope * xy);
	error = sqrt(rest / (double)(n - 2) / line.squares);
	if (error > 0)
		line.p = stats_t_upper(line.slope / error, (double)(n - 2));
	else
		line.p = line.slope > 0 ? 0 : 1;
	return line;
}
