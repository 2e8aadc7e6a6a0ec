using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

/// <summary>A batch keeps its constants in registers and a step reads them from the code: they are the same.</summary>
public class ActivationConstantsTests
{
    [Fact]
    public void Both_forms_hold_the_same_values()
    {
        Compare<Simd128<float>, Vector128<float>, float>();
        Compare<Simd256<float>, Vector256<float>, float>();
        Compare<Simd512<float>, Vector512<float>, float>();
        Compare<Simd128<double>, Vector128<double>, double>();
        Compare<Simd256<double>, Vector256<double>, double>();
        Compare<Simd512<double>, Vector512<double>, double>();

        static void Compare<TSimd, TVector, T>()
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            object code = default(ConstantsInCode<TSimd, TVector, T>), registers = new ConstantsInRegisters<TSimd, TVector, T>();
            PropertyInfo[] constants = typeof(IActivationConstants<TVector>).GetProperties();
            Assert.NotEmpty(constants);
            foreach (PropertyInfo constant in constants)
            {
                Assert.Equal(Bits((TVector)constant.GetValue(code)!), Bits((TVector)constant.GetValue(registers)!));
            }
        }

        static byte[] Bits<TVector>(TVector vector)
            where TVector : struct
        {
            byte[] bytes = new byte[Unsafe.SizeOf<TVector>()];
            Unsafe.WriteUnaligned(ref bytes[0], vector);
            return bytes;
        }
    }
}
