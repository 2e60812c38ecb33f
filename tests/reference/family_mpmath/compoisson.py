"""ln P(y) of the Conway-Maxwell-Poisson at lambda = a^nu by its own sum. python compoisson_mpmath.py (mpmath 1.4.1)"""
import mpmath as mp
mp.mp.dps = 40
def ln_p(y, a, nu):
    a, nu = mp.mpf(a), mp.mpf(nu)
    term = lambda k: mp.e ** (nu * (k * mp.log(a) - mp.loggamma(k + 1)) - top)
    m = int(a)
    top = nu * (m * mp.log(a) - mp.loggamma(m + 1))
    z, step = mp.mpf(0), mp.mpf(1)
    k, t = m, mp.mpf(1)
    while t > 1e-30 and k >= 0:
        z += t; t *= (mp.mpf(k) / a) ** nu; k -= 1
    k, t = m + 1, (a / (m + 1)) ** nu
    while t > 1e-30:
        z += t; k += 1; t *= (a / k) ** nu
    return nu * (y * mp.log(a) - mp.loggamma(y + 1)) - top - mp.log(z)
if __name__ == "__main__":
    print("mpmath", mp.__version__)
    for y, a, nu in [(20000, 20100.5, 0.3), (101000, 100000.25, 1.7), (400500, 400000, 6.0)]:
        print(y, a, nu, mp.nstr(ln_p(y, a, nu), 16))
